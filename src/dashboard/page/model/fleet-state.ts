import type { FeedEvent, FeedReload, FeedServer, FeedTick, FeedTotals, FeedWebhook } from "../../feed.ts";
import { toServerName } from "./route.ts";

/** What the page knows of the fleet, put together from the feed's events. */
export interface FleetState {
  /** The gateway's wall clock at the last event, epoch milliseconds. */
  readonly at: number;
  readonly version: string;
  readonly user: string;
  /** Why clients cannot be served, in words; empty if they can. */
  readonly unready: readonly string[];
  readonly pools: readonly string[];
  readonly totals: FeedTotals;
  /** By id. A server that has not changed is the same object as before, so that its row need not be drawn again. */
  readonly servers: ReadonlyMap<string, FeedServer>;
  /** One per second, oldest first. */
  readonly ticks: readonly FeedTick[];
  readonly reload: FeedReload | null;
  readonly webhooks: readonly FeedWebhook[];
  readonly auditSeq: number;
}

/** Seconds of the past that are kept for the charts. */
export const MAX_TICKS = 300;
/** Reported loads that are kept of each server. */
export const MAX_LOADS = 60;

/** The server of that name, which is its pool and address (`toServerName`). */
export function findServer({ servers }: FleetState, name: string): FeedServer | undefined {
  return servers.values().find((server) => toServerName(server) === name);
}

/** How many other servers of the pool get new rooms. */
export function countOthers({ servers }: FleetState, { id, pool }: Pick<FeedServer, "id" | "pool">): number {
  return servers.values().reduce((count, other) => {
    return count + Number(other.id !== id && other.pool === pool && other.state === "enabled");
  }, 0);
}

/** What is known after the event; a delta says nothing to a page that has had no full event. */
export function applyEvent(state: FleetState | undefined, event: FeedEvent): FleetState | undefined {
  if (event.kind === "full") {
    const { kind: _, servers, ...rest } = event;
    return { ...rest, servers: new Map(servers.map((server) => [server.id, server])) };
  }
  if (state === undefined) return undefined;
  const { kind: _, servers: changed, gone, tick, ...rest } = event;
  return {
    ...state,
    ...rest,
    servers: mergeServers(state.servers, changed, gone),
    ticks: [...state.ticks.slice(1 - MAX_TICKS), tick],
  };
}

function mergeServers(
  known: ReadonlyMap<string, FeedServer>,
  changed: readonly Omit<FeedServer, "loads">[],
  gone: readonly string[],
): ReadonlyMap<string, FeedServer> {
  if (changed.length === 0 && gone.length === 0) return known;
  const servers = new Map(known);
  for (const server of changed) {
    const before = servers.get(server.id);
    servers.set(server.id, { ...server, loads: appendLoad(before, server) });
  }
  for (const id of gone) servers.delete(id);
  return servers;
}

/** A load is new if a report brought it. */
function appendLoad(before: FeedServer | undefined, { load, lastSeenMs }: Omit<FeedServer, "loads">) {
  if (before === undefined) return [load];
  return before.lastSeenMs === lastSeenMs ? before.loads : [...before.loads.slice(1 - MAX_LOADS), load];
}
