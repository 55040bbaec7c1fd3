import type { PoolCandidates } from "./candidates.ts";
import { countJoins } from "./joins.ts";
import type { Fleet, Server } from "./state.ts";

/** Share of a report in the moving average of a server's load per client. */
const REPORT_SHARE = 0.2;
/** Load up to which a server's report says something about others. */
export const MAX_COUNTED_LOAD = 2;
/** A server's own measure is believed over its pool's by as much as the clients behind it outnumber these. */
const PRIOR_CLIENTS = 20;

/**
 * Learns from the load that the server has just reported. `joins` of its clients were shown for the first time, and `seen`
 * of them had a token of ours.
 */
export function takeLoad(fleet: Fleet, server: Server, seen: number, joins: number): void {
  const { standing, load, clients } = server;
  const { minClients, residue } = fleet.policy.placement;
  standing.residue =
    standing.shownClients === undefined ? 0 : residue * Math.min(clients - standing.shownClients, seen);
  standing.shownClients = clients;
  const pool = fleet.candidates.get(server.pool);
  if (pool) countJoins(pool.joins, joins, seen);
  if (clients < minClients || load <= 0) return;
  const sample = Math.min(load, MAX_COUNTED_LOAD) / clients;
  standing.ownCost =
    standing.ownCost === undefined ? sample : standing.ownCost + (sample - standing.ownCost) * REPORT_SHARE;
  standing.costClients += clients;
}

/** Brings the sums of the pool up to date with a server, which tells something if it has clients enough. */
export function countCost(pool: PoolCandidates, { standing, load, clients }: Server, isThere: boolean): void {
  const counts = isThere && standing.ownCost !== undefined;
  const next = counts ? { load: Math.min(load, MAX_COUNTED_LOAD), clients } : { load: 0, clients: 0 };
  pool.load += next.load - standing.counted.load;
  pool.clients += next.clients - standing.counted.clients;
  standing.counted = next;
}

/**
 * Load that one more client adds to the server: its own average, drawn towards the mean of its pool the fewer clients it
 * stands on, and within a range around that mean.
 */
export function costOf(fleet: Fleet, { pool, standing }: Server): number {
  const { clientsPerServer, costRange } = fleet.policy.placement;
  const sums = fleet.candidates.get(pool);
  const mean = sums && sums.load > 0 && sums.clients > 0 ? sums.load / sums.clients : 1 / clientsPerServer;
  if (standing.ownCost === undefined) return mean;
  const { ownCost, costClients } = standing;
  const cost = (ownCost * costClients + mean * PRIOR_CLIENTS) / (costClients + PRIOR_CLIENTS);
  return Math.min(Math.max(cost, mean / costRange), mean * costRange);
}
