import { costOf } from "./client-cost.ts";
import { joinFactor } from "./joins.ts";
import { growthOf } from "./standing.ts";
import type { Fleet, Server } from "./state.ts";

/** What a server's load is made of; 1 is full. */
export interface Estimate {
  /** Load that one client adds. */
  readonly cost: number;
  readonly pending: number;
  readonly residue: number;
  readonly growth: number;
  readonly load: number;
}

/**
 * The server's load once everybody is there who is on the way: those with a token, those whom the load does not show yet,
 * and those whom its young rooms are waiting for. Tokens stand for those of other gateways too. It is never below the share of what its own config allows.
 */
export function estimate(fleet: Fleet, server: Server, now: number): Estimate {
  const { standing, clients, capacity } = server;
  const { pending, residue } = standing;
  const cost = costOf(fleet, server);
  const growth = growthOf(fleet, server, now);
  const pool = fleet.candidates.get(server.pool);
  const coming = pending * (pool ? joinFactor(pool.joins) : 1) + growth;
  const load = Math.max(
    server.load + cost * (coming + residue),
    shareOf(clients + coming, capacity.maxClients),
    shareOf(standing.rooms, capacity.maxRooms),
    shareOf(standing.peers + coming, capacity.maxPeers),
  );
  return { cost, pending, residue, growth, load };
}

/** The load alone, for those who ask often. */
export function estimateLoad(fleet: Fleet, server: Server, now: number): number {
  return estimate(fleet, server, now).load;
}

function shareOf(used: number, limit: number | undefined): number {
  return limit === undefined ? 0 : used / limit;
}
