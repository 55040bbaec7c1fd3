import { costOf } from "./client-cost.ts";
import type { StrategyName } from "./placement-policy.ts";
import type { Fleet, Server } from "./state.ts";

/** A server's weight in a draw, at its estimated load. */
type Weigh = (fleet: Fleet, server: Server, load: number, now: number) => number;

/** Free capacity that even a server without any is taken to have: when all are full, all can still be drawn. */
const MIN_HEADROOM = 1e-3;

const equal: Weigh = () => 1;

const WEIGHTS: Readonly<Record<StrategyName, Weigh>> = {
  random: equal,
  "round-robin": equal,
  weighted: (_fleet, { load }) => Math.max(1 - load, MIN_HEADROOM),
  "least-loaded": equal,
  "two-choice": equal,
  headroom: (fleet, server, load, now) =>
    server.standing.isOut ? 0 : headroomOf(fleet, server, load, now) / costOf(fleet, server),
};

/** The server's weight in a draw under the policy that is in force; 0 if it is not to be drawn. */
export function weigh(fleet: Fleet, server: Server, load: number, now: number): number {
  return WEIGHTS[fleet.policy.placement.strategy](fleet, server, load, now);
}

/** Free share of the server; one that is new, or came back, counts as smaller at first. */
function headroomOf(fleet: Fleet, server: Server, load: number, now: number): number {
  const share = slowStart(fleet, server, now);
  return share < 1 ? Math.max(share - load, 0) : Math.max(1 - load, MIN_HEADROOM);
}

/** The load up to which a server that is new, or came back, is filled: it grows to 1 on a straight line. */
export function slowStart(fleet: Fleet, { standing }: Server, now: number): number {
  const { slowStartMs, slowStartShare } = fleet.policy.placement;
  const age = now - standing.since;
  return age >= slowStartMs ? 1 : slowStartShare + ((1 - slowStartShare) * age) / slowStartMs;
}
