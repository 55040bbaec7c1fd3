import type { FleetEvent } from "../../fleet/events.ts";
import { toGroupKey, toServerId } from "../../fleet/ids.ts";
import { roomsBoundTo } from "../../fleet/spaces.ts";
import type { Fleet } from "../../fleet/state.ts";
import type { Claims } from "./claims.ts";
import type { Reporter } from "./reporter.ts";

type ServerEvent = FleetEvent & { readonly server: { readonly pool: string; readonly endpoint: string } };

/** Tells the shared state which servers' rooms count. */
export interface Phases {
  /**
   * Tells of servers that fell silent or came back by themselves. Every gateway that has set a server aside takes that back:
   * it may have done so just after the report that another one got.
   */
  readonly note: (events: readonly FleetEvent[]) => void;
  /** Tells of servers that are forgotten, with the rooms that were closed by that. */
  readonly forget: (events: readonly FleetEvent[]) => Promise<void>;
}

/** Creates it; it tells nothing while the state cannot be asked. */
export function createPhases(options: {
  fleet: Fleet;
  claims: Claims;
  reporter: Reporter;
  isOpen: () => boolean;
}): Phases {
  const { fleet, claims, reporter, isOpen } = options;

  async function tellAll(script: "setAside" | "report", { server: { pool, endpoint } }: ServerEvent): Promise<void> {
    const id = toServerId(pool, endpoint);
    const server = fleet.servers.get(id);
    const customers = new Set((server ? roomsBoundTo(server) : []).map(({ usage }) => usage.customer));
    const args = script === "report" ? [id, 0] : [id];
    await Promise.all([...customers].map((customer) => claims.run(script, customer, args)));
  }

  async function forget(events: readonly FleetEvent[]): Promise<void> {
    if (!isOpen()) return;
    for (const event of events) if (event.type === "server.removed") await forgetOne(event, events);
  }

  async function forgetOne({ server: { pool, endpoint } }: ServerEvent, all: readonly FleetEvent[]): Promise<void> {
    const id = toServerId(pool, endpoint);
    const keys = new Map<string, Set<string>>();
    for (const closed of all) {
      if (closed.type !== "room.closed" || closed.server !== endpoint || closed.room.pool !== pool) continue;
      const { customer, namespace, room } = closed.room;
      keys.set(customer, (keys.get(customer) ?? new Set()).add(toGroupKey(pool, namespace, room)));
    }
    reporter.forget(id);
    for (const [customer, groups] of keys) await claims.run("forget", customer, [id, groups.size, ...groups]);
    await claims.putServer(id, "", 0, "{}");
  }

  return {
    note(events) {
      if (!isOpen()) return;
      for (const event of events) {
        if (event.type === "server.disabled") tellAll("setAside", event).catch(() => {});
        if (event.type === "server.enabled") tellAll("report", event).catch(() => {});
      }
      const isOver = events.some((event) => event.type === "server.removed" && event.reason === "silence");
      if (isOver) forget(events).catch(() => {});
    },
    forget,
  };
}
