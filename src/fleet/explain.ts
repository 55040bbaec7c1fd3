import { carriesAll, findLimit } from "./candidates.ts";
import { hostOf } from "./drain.ts";
import { type Estimate, estimate } from "./estimate.ts";
import { expectPeers } from "./room-sizes.ts";
import { findGroup } from "./spaces.ts";
import type { Fleet, Server } from "./state.ts";
import { weigh } from "./weigh.ts";

/** Why a server is not among those that a new room may get. */
export type LeftOut = "registered" | "disabled" | "keyless" | "draining" | "tags" | "load";

/** A server as placement sees it; loads are shares of which 1 is full. */
export interface CandidateView extends Omit<Estimate, "load"> {
  readonly endpoint: string;
  readonly reportedLoad: number;
  readonly reportAgeMs: number;
  readonly clients: number;
  /** Load once everybody is there who is on the way. */
  readonly estimate: number;
  /** The estimate above which it gets no new rooms at the moment. */
  readonly limit: number;
  /** Weight in the draw; 0 where it is not drawn. */
  readonly weight: number;
  readonly leftOut: LeftOut | undefined;
}

/** What a room would get now, and why. */
export interface PlacementView {
  /** The server that hosts the room, which always wins. */
  readonly host: string | undefined;
  /** Peers that a new room of the namespace is expected to reach. */
  readonly expectedPeers: number;
  readonly candidates: readonly CandidateView[];
}

/** A room that needs a server, or would. */
export interface PlacementQuery {
  readonly pool: string;
  readonly namespace?: string | undefined;
  readonly room?: string | undefined;
  readonly tags: readonly string[];
}

/** Says of every server of the pool what speaks for and against it, for a room of the namespace if one is named. */
export function explainPlacement(
  fleet: Fleet,
  { pool, namespace = "", room, tags }: PlacementQuery,
  now: number,
): PlacementView {
  const group = room === undefined ? undefined : findGroup(fleet, pool, namespace, room);
  return {
    host: hostOf(group, now)?.endpoint,
    expectedPeers: expectPeers(fleet.roomSizes, namespace, fleet.policy.placement.maxGrowth),
    candidates: [...fleet.servers.values()]
      .filter((server) => server.pool === pool)
      .map((server) => toCandidateView(fleet, server, tags, now)),
  };
}

/** What speaks for and against a server. */
export function toCandidateView(fleet: Fleet, server: Server, tags: readonly string[], now: number): CandidateView {
  const { endpoint, clients, lastSeenAt } = server;
  // By name, as copying all but one is slower, and every new room comes by here.
  const { cost, pending, residue, growth, load } = estimate(fleet, server, now);
  const leftOut = toLeftOut(server, tags);
  return {
    endpoint,
    reportedLoad: server.load,
    reportAgeMs: now - lastSeenAt,
    clients,
    cost,
    pending,
    residue,
    growth,
    estimate: load,
    limit: findLimit(fleet, server),
    weight: leftOut === undefined ? weigh(fleet, server, load, now) : 0,
    leftOut,
  };
}

/** Why the server does not get a new room that wants these tags, if it does not. */
export function toLeftOut(server: Server, tags: readonly string[]): LeftOut | undefined {
  if (server.phase !== "enabled") return server.phase;
  if (server.draining) return "draining";
  if (!carriesAll(server, tags)) return "tags";
  return server.standing.isOut ? "load" : undefined;
}
