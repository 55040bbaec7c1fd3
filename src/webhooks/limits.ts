import type { Happening } from "./happening.ts";

/** A call that was refused because a customer is at a limit. */
export interface LimitRefusal {
  /** Name of the error. */
  readonly error: string | undefined;
  readonly customer: string;
  readonly limits: { readonly maxPeers: number; readonly maxRooms: number; readonly maxBans: number };
}

const REPEAT_MS = 60_000;
const MAX_CUSTOMERS = 10_000;

/** Creates what tells of limits that were reached: once a minute for each customer and limit, however many are refused. */
export function createLimitWatch(now: () => number): (refusal: LimitRefusal) => Happening | undefined {
  const lastToldAt = new Map<string, number>();

  return ({ error, customer, limits }) => {
    const reached = toLimit(error, limits);
    if (!reached) return undefined;
    const key = JSON.stringify(["limit", customer, reached.limit]);
    const at = now();
    if (at - (lastToldAt.get(key) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) return undefined;
    if (lastToldAt.size >= MAX_CUSTOMERS) lastToldAt.clear();
    lastToldAt.set(key, at);
    return { type: "limit.reached", key, data: { customer, ...reached } };
  };
}

function toLimit(error: string | undefined, { maxPeers, maxRooms, maxBans }: LimitRefusal["limits"]) {
  if (error === "peerLimit") return { limit: "peers", max: maxPeers };
  if (error === "roomLimit") return { limit: "rooms", max: maxRooms };
  return error === "banLimit" ? { limit: "bans", max: maxBans } : undefined;
}
