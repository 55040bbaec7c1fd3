import type { Server } from "./state.ts";

/** Load that a client adds where too few are connected to measure it. */
const DEFAULT_CLIENT_COST = 1 / 500;
/** Clients from which on a server's own load per client is believed. */
const CLIENTS_TO_MEASURE = 20;
/** Weight of a server without free capacity: when all are full, all can still be drawn. */
const MIN_WEIGHT = 1e-3;

/** The part of a server's state that placement looks at. */
export type Candidate = Pick<Server, "load" | "clients" | "joinsSinceReport" | "capacity">;

/** Load of the server with the peers it was given since its last report; 1 is full. */
export function estimateLoad({ load, clients, joinsSinceReport, capacity }: Candidate): number {
  const clientCost = clients >= CLIENTS_TO_MEASURE && load > 0 ? load / clients : DEFAULT_CLIENT_COST;
  const estimate = load + clientCost * joinsSinceReport;
  if (capacity.maxClients === undefined) return estimate;
  return Math.max(estimate, (clients + joinsSinceReport) / capacity.maxClients);
}

/**
 * Picks the server for a new room: two different ones are drawn by their free capacity, the less loaded one is taken
 * (the power of two choices; M. Mitzenmacher, IEEE TPDS 12(10), 2001). Nothing if there is no candidate.
 */
export function pickServer<T extends Candidate>(candidates: ReadonlySet<T>, random: () => number): T | undefined {
  let total = 0;
  for (const candidate of candidates) total += weigh(candidate);
  const first = draw(candidates, undefined, total * random());
  if (first === undefined || candidates.size === 1) return first;
  const second = draw(candidates, first, (total - weigh(first)) * random());
  return second !== undefined && estimateLoad(second) < estimateLoad(first) ? second : first;
}

function weigh(candidate: Candidate): number {
  return Math.max(1 - estimateLoad(candidate), MIN_WEIGHT);
}

/** The candidate on whose stretch of the line of weights `point` lies, `without` left out. */
function draw<T extends Candidate>(candidates: ReadonlySet<T>, without: T | undefined, point: number): T | undefined {
  let rest = point;
  let last: T | undefined;
  for (const candidate of candidates) {
    if (candidate === without) continue;
    last = candidate;
    rest -= weigh(candidate);
    if (rest < 0) break;
  }
  return last;
}
