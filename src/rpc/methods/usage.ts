import * as v from "valibot";
import type { Limits } from "../../auth/principal.ts";
import { checkFilter } from "../check-names.ts";
import type { InternalContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { keyPage, name } from "../schemas.ts";

const params = v.object({ customer: v.optional(name), ...keyPage }, "must be an object");

/**
 * `Usage`: a page of what customers use, over all pools, and what they may, in the order of their ids: of all of them, or of
 * the one that is named. Limits are null where there is none, and absent of customers whom nobody configured.
 */
export const usage = createMethod("Usage", params, async ({ customer, limit, after }, context: InternalContext) => {
  const { store, limits } = context;
  await checkFilter({ after, customer }, context);
  const { usages, maxBans, next } = await store.searchUsage({ customer, configured: limits, limit, after });
  return {
    customers: usages.map((used) => ({ ...used, ...toLimits(limits.get(used.customer)), maxBans })),
    ...(next !== undefined && { next }),
  };
});

function toLimits(limits: Limits | undefined) {
  return limits && { maxPeers: toNullable(limits.maxPeers), maxRooms: toNullable(limits.maxRooms) };
}

function toNullable(limit: number): number | null {
  return Number.isFinite(limit) ? limit : null;
}
