import { type ServerState, toServerState } from "./census.ts";
import { estimateLoad } from "./estimate.ts";
import { type LeftOut, toLeftOut } from "./explain.ts";
import { type KeyPage, type KeyPageQuery, takeKeyPage } from "./key-page.ts";
import { roomsOn } from "./standing.ts";
import type { Fleet, Server } from "./state.ts";
import { type ServerView, toServerView } from "./views.ts";

/** Which servers are looked for: those that everything holds for that is given. */
export interface ServerFilter {
  readonly pool?: string | undefined;
  readonly state?: ServerState | undefined;
  /** What the server's address contains. */
  readonly endpoint?: string | undefined;
}

/** What an operator sees of a server, also of one that has only asked for its config. Loads are shares of which 1 is full. */
export interface ServerStatus extends ServerView {
  readonly state: ServerState;
  readonly reportAgeMs: number;
  /** Time until the rooms of a server that drains are closed, if they are to be. */
  readonly drainLeftMs: number | undefined;
  /** Load once everybody is there who is on the way. */
  readonly estimate: number;
  /** Why it gets no new rooms, if it gets none. */
  readonly leftOut: LeftOut | undefined;
}

/** A page of the servers that the filter takes, in the order of `pool/endpoint`, which is where a page begins and ends. */
export function searchServers(
  fleet: Fleet,
  { after, limit, pool, state, endpoint = "" }: ServerFilter & KeyPageQuery,
  now: number,
): KeyPage<ServerStatus> {
  const matching = fleet.servers
    .values()
    .filter(
      (server) =>
        server.endpoint.includes(endpoint) &&
        (pool === undefined || server.pool === pool) &&
        (state === undefined || toServerState(server) === state),
    );
  const page = takeKeyPage(matching, (server) => `${server.pool}/${server.endpoint}`, { after, limit });
  return { items: page.items.map((server) => toServerStatus(fleet, server, now)), next: page.next };
}

function toServerStatus(fleet: Fleet, server: Server, now: number): ServerStatus {
  const deadline = server.draining?.deadline;
  return {
    ...toServerView(server),
    ...roomsOn(server),
    state: toServerState(server),
    reportAgeMs: Math.max(0, now - server.lastSeenAt),
    drainLeftMs: deadline === undefined ? undefined : Math.max(0, deadline - now),
    estimate: estimateLoad(fleet, server, now),
    leftOut: toLeftOut(server, []),
  };
}
