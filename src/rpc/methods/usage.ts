import * as v from "valibot";
import type { Limits } from "../../auth/principal.ts";
import type { InternalContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { name } from "../schemas.ts";

const NOTHING = { peers: 0, reserved: 0, rooms: 0, bans: 0 };

/**
 * `Usage`: what customers use, over all pools, and what they may: all of them, or the one that is named. Limits are null
 * where there is none, and absent of customers whom nobody configured.
 */
export const usage = createMethod(
  "Usage",
  v.object({ customer: v.optional(name) }, "must be an object"),
  async ({ customer: wanted }, { store, limits }: InternalContext) => {
    const { usages, maxBans } = await store.usage();
    const found = new Map(usages.map((used) => [used.customer, used]));
    const ids = wanted === undefined ? new Set([...limits.keys(), ...found.keys()]) : [wanted];
    return {
      customers: [...ids]
        .filter((customer) => limits.has(customer) || found.has(customer))
        .map((customer) => ({
          customer,
          ...NOTHING,
          ...found.get(customer),
          ...toLimits(limits.get(customer)),
          maxBans,
        })),
    };
  },
);

function toLimits(limits: Limits | undefined) {
  return limits && { maxPeers: toNullable(limits.maxPeers), maxRooms: toNullable(limits.maxRooms) };
}

function toNullable(limit: number): number | null {
  return Number.isFinite(limit) ? limit : null;
}
