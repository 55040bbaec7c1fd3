import type { ServerFigures } from "../fleet/census.ts";
import type { FeedServer } from "./feed.ts";

/** A server's figures, without the loads of before. */
export type FeedFigures = Omit<FeedServer, "loads">;

/** The servers as they were when they were last looked at. */
export interface ServerBook {
  /** Takes the figures of all servers, and gives those that have changed, and the ids of those that are gone. */
  readonly update: (servers: readonly FeedFigures[]) => { changed: FeedFigures[]; gone: string[] };
  readonly all: () => FeedServer[];
}

interface Entry {
  figures: FeedFigures;
  loads: readonly number[];
}

const MAX_LOADS = 60;

/** Creates a book without servers. */
export function createServerBook(): ServerBook {
  const entries = new Map<string, Entry>();

  function note(figures: FeedFigures): boolean {
    const entry = entries.get(figures.id);
    if (!entry) {
      entries.set(figures.id, { figures, loads: figures.state === "registered" ? [] : [figures.load] });
      return true;
    }
    if (Bun.deepEquals(entry.figures, figures)) return false;
    if (entry.figures.lastSeenMs !== figures.lastSeenMs && figures.state !== "registered")
      entry.loads = [...entry.loads, figures.load].slice(-MAX_LOADS);
    entry.figures = figures;
    return true;
  }

  return {
    update(servers) {
      const changed = servers.filter(note);
      const present = new Set(servers.map(({ id }) => id));
      const gone = [...entries.keys()].filter((id) => !present.has(id));
      for (const id of gone) entries.delete(id);
      return { changed, gone };
    },
    all: () => Array.from(entries.values(), ({ figures, loads }) => ({ ...figures, loads })),
  };
}

/**
 * What the dashboard shows of a server, rounded so that it changes only with what can be seen. `now` is the fleet's time,
 * `offsetMs` what the machine's clock is ahead of it.
 */
export function toFeedFigures(server: ServerFigures, now: number, offsetMs: number): FeedFigures {
  const { reportAgeMs, drainDeadline, load, estimate, pending, ...figures } = server;
  return {
    ...figures,
    load: toThousandths(load),
    estimate: toThousandths(estimate),
    pending: toThousandths(pending),
    lastSeenMs: Math.round(now - reportAgeMs) + offsetMs,
    drainUntilMs: drainDeadline === undefined ? null : Math.round(drainDeadline) + offsetMs,
  };
}

/** A number with three decimals. */
export function toThousandths(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
