import type { FleetState } from "./fleet-state.ts";

/**
 * Pools of which no server takes new rooms, in the order in which they are configured. A full server still takes them if
 * there is no other, unless the config says otherwise. None while there is no server at all: then the gateway is not ready.
 */
export function findClosedPools({ pools, servers }: Pick<FleetState, "pools" | "servers">): string[] {
  if (servers.size === 0) return [];
  const open = new Set<string>();
  for (const { pool, state } of servers.values()) if (state === "enabled" || state === "full") open.add(pool);
  return pools.filter((pool) => !open.has(pool));
}

/** What that means to players. */
export function tellClosedPool(pool: string): string {
  return `No server of pool ${pool} takes new rooms: players who open one are refused.`;
}
