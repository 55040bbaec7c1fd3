import type { Server } from "../fleet/state.ts";
import { toThousandths } from "./server-figures.ts";

/** The last loads that each server reported, as they were seen by who looks once a second. */
export interface LoadHistory {
  /** Looks at all servers, and forgets those that are not among them. */
  readonly note: (servers: Iterable<ReportedLoad>) => void;
  /** The loads of the server with that id, in thousandths, 60 at most, oldest first. */
  readonly loadsOf: (id: string) => readonly number[];
}

/** What is looked at of a server. */
export type ReportedLoad = Readonly<Pick<Server, "id" | "phase" | "load" | "lastSeenAt">>;

interface Entry {
  lastSeenAt: number;
  seenIn: number;
  readonly loads: number[];
}

const MAX_LOADS = 60;

/** Creates a history that nothing has been seen of. */
export function createLoadHistory(): LoadHistory {
  const entries = new Map<string, Entry>();
  let looks = 0;

  function noteOne({ id, phase, load, lastSeenAt }: ReportedLoad): void {
    const entry = entries.get(id) ?? { lastSeenAt: Number.NaN, seenIn: looks, loads: [] };
    entry.seenIn = looks;
    if (entry.lastSeenAt === lastSeenAt) return;
    entries.set(id, entry);
    entry.lastSeenAt = lastSeenAt;
    if (phase === "registered") return;
    entry.loads.push(toThousandths(load));
    if (entry.loads.length > MAX_LOADS) entry.loads.shift();
  }

  return {
    note(servers) {
      looks++;
      let count = 0;
      for (const server of servers) {
        noteOne(server);
        count++;
      }
      if (entries.size === count) return;
      for (const [id, { seenIn }] of entries) if (seenIn !== looks) entries.delete(id);
    },
    loadsOf: (id) => entries.get(id)?.loads ?? [],
  };
}
