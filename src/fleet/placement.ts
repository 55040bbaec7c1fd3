import { type CandidateSet, findCandidates, slotIn } from "./candidates.ts";
import { costOf } from "./client-cost.ts";
import { estimateLoad } from "./estimate.ts";
import type { StrategyName } from "./placement-policy.ts";
import { expectPeers } from "./room-sizes.ts";
import type { Fleet, Server } from "./state.ts";

/** A room that needs a server. */
export interface Placement {
  readonly pool: string;
  readonly namespace: string;
  /** Tags that the server has to carry, all of them. */
  readonly tags: readonly string[];
}

interface Draw {
  readonly fleet: Fleet;
  readonly candidates: CandidateSet;
  readonly namespace: string;
  readonly now: number;
}

type Strategy = (draw: Draw) => Server | undefined;

/** How each policy takes one of the candidates; how it weighs them is in weigh.ts. */
const STRATEGIES: Readonly<Record<StrategyName, Strategy>> = {
  random: drawOne,
  "round-robin": takeNext,
  weighted: drawOne,
  "least-loaded": takeLeastLoaded,
  "two-choice": drawTwo,
  headroom: (draw) =>
    draw.candidates.weights.total() > 0 || draw.fleet.policy.placement.overload === "refuse"
      ? drawTwo(draw)
      : takeLeastLoaded(draw),
};

/** Picks the server for a new room; nothing if there is no candidate, or none that the policy lets have it. */
export function pickServer(fleet: Fleet, { pool, namespace, tags }: Placement, now: number): Server | undefined {
  const candidates = findCandidates(fleet, pool, tags);
  return STRATEGIES[fleet.policy.placement.strategy]({ fleet, candidates, namespace, now });
}

function drawOne({ fleet, candidates: { weights, servers } }: Draw): Server | undefined {
  const total = weights.total();
  return total > 0 ? servers[weights.find(total * fleet.random())] : undefined;
}

function takeNext({ candidates }: Draw): Server | undefined {
  candidates.turn = candidates.turn + 1 < candidates.servers.length ? candidates.turn + 1 : 0;
  return candidates.servers[candidates.turn];
}

function takeLeastLoaded({ candidates: { servers, estimates } }: Draw): Server | undefined {
  let lowest = 0;
  for (let slot = 1; slot < servers.length; slot++)
    if ((estimates[slot] ?? 0) < (estimates[lowest] ?? 0)) lowest = slot;
  return servers[lowest];
}

/**
 * Draws two different servers by their weights, and takes the one that has the lower load once the room is there (the
 * power of two choices; M. Mitzenmacher, IEEE TPDS 12(10), 2001).
 */
function drawTwo(draw: Draw): Server | undefined {
  const { fleet, candidates, namespace } = draw;
  const { weights, servers } = candidates;
  const first = drawOne(draw);
  if (first === undefined) return undefined;
  const slot = slotIn(candidates, first);
  const weight = weights.get(slot);
  weights.set(slot, 0);
  const total = weights.total();
  const second = total > 0 ? servers[weights.find(total * fleet.random())] : undefined;
  weights.set(slot, weight);
  if (second === undefined) return first;
  const peers = expectPeers(fleet.roomSizes, namespace, fleet.policy.placement.maxGrowth);
  return loadWith(draw, second, peers) < loadWith(draw, first, peers) ? second : first;
}

/** Load of the server once so many more are there. */
function loadWith({ fleet, now }: Draw, server: Server, peers: number): number {
  return estimateLoad(fleet, server, now) + costOf(fleet, server) * peers;
}
