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
export function pickServer<T extends Candidate>(candidates: Iterable<T>, random: () => number): T | undefined {
  const drawn = [...candidates].map((server) => {
    const estimate = estimateLoad(server);
    return { server, estimate, weight: Math.max(1 - estimate, MIN_WEIGHT) };
  });
  const first = draw(drawn, random);
  if (!first) return undefined;
  const second = draw(
    drawn.filter((candidate) => candidate !== first),
    random,
  );
  return second && second.estimate < first.estimate ? second.server : first.server;
}

function draw<T extends { weight: number }>(candidates: readonly T[], random: () => number): T | undefined {
  let point = random() * candidates.reduce((sum, { weight }) => sum + weight, 0);
  for (const candidate of candidates) {
    point -= candidate.weight;
    if (point < 0) return candidate;
  }
  return candidates.at(-1);
}
