import type { World } from "../world.ts";

/** A Connect. */
export const CONNECT = { jsonrpc: "2.0", id: 1, method: "Connect", params: {} };
/** Whom the tests have misbehave. */
export const ATTACKER = "203.0.113.7";

/** The status, and when to come again, of a Connect from an address. */
export const connectFrom = async (world: World, address: string, headers = {}, token?: string) => {
  const authorization = `Bearer ${token ?? (await world.token("a", "u"))}`;
  const { status, headers: reply } = await world.request({
    address,
    headers: { ...headers, authorization },
    body: CONNECT,
  });
  return [status, reply.get("retry-after")];
};
