import type { ServerFigures } from "../fleet/census.ts";
import type { FeedServer } from "./feed.ts";

/** A server's figures, without the loads of before. */
export type FeedFigures = Omit<FeedServer, "loads">;

/** The servers as they were when they were last looked at. */
export interface ServerBook {
  /** Takes the figures of all servers, and gives those that have changed, and the ids of those that are gone. */
  readonly update: (servers: readonly FeedFigures[]) => { changed: FeedFigures[]; gone: string[] };
  /** The figures as they were taken last. */
  readonly all: () => readonly FeedFigures[];
}

/** Creates a book without servers. */
export function createServerBook(): ServerBook {
  let known = new Map<string, FeedFigures>();

  return {
    update(servers) {
      const present = new Map(servers.map((figures) => [figures.id, figures]));
      const changed = servers.filter((figures) => !Bun.deepEquals(known.get(figures.id), figures));
      const gone = [...known.keys()].filter((id) => !present.has(id));
      known = present;
      return { changed, gone };
    },
    all: () => [...known.values()],
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
