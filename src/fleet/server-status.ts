import { estimateLoad } from "./estimate.ts";
import { type LeftOut, toLeftOut } from "./explain.ts";
import type { Fleet } from "./state.ts";
import { type ServerView, toServerView } from "./views.ts";

/** What an operator sees of a server, also of one that has only asked for its config. Loads are shares of which 1 is full. */
export interface ServerStatus extends ServerView {
  readonly reportAgeMs: number;
  /** Load once everybody is there who is on the way. */
  readonly estimate: number;
  /** Why it gets no new rooms, if it gets none. */
  readonly leftOut: LeftOut | undefined;
}

/** All servers, in the order in which they came. */
export function listServerStatus(fleet: Fleet, now: number): ServerStatus[] {
  return [...fleet.servers.values()].map((server) => ({
    ...toServerView(server),
    reportAgeMs: Math.max(0, now - server.lastSeenAt),
    estimate: estimateLoad(fleet, server, now),
    leftOut: toLeftOut(server, []),
  }));
}
