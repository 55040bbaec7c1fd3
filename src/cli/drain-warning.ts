import { listAll } from "./listing.ts";
import { type OperatorClient, readList } from "./operator-client.ts";
import type { Row } from "./table.ts";

/** The pools of the server that was drained, of that one if it is named, in which no server takes new rooms now. */
export async function findPoolsWithoutServer(
  call: OperatorClient,
  { endpoint, pool }: { endpoint: string; pool: string | undefined },
): Promise<string[]> {
  const answer = await listAll(call, "Servers", "servers", { pool }, Number.POSITIVE_INFINITY);
  const byPool = Map.groupBy(readList(answer, "servers"), (server) => String(server.pool));
  return [...byPool]
    .filter(([, servers]) => servers.some((server) => server.endpoint === endpoint) && !servers.some(takesRooms))
    .map(([name]) => name);
}

/** A line for each of these pools: what it means for players. */
export function toPoolWarnings({ poolsWithoutServer: pools }: Row): string[] {
  if (!Array.isArray(pools)) return [];
  return pools.map((pool) => `no server of pool ${pool} takes new rooms now: players who open one are refused`);
}

/** A full server takes rooms where all others are full too. */
function takesRooms({ state }: Row): boolean {
  return state === "enabled" || state === "full";
}
