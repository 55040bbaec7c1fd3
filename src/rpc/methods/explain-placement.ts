import * as v from "valibot";
import type { InternalContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { name } from "../schemas.ts";

const params = v.object(
  { room_id: v.optional(name), namespace: v.optional(name), customer: v.optional(name), pool: v.optional(name) },
  "must be an object",
);

/**
 * `ExplainPlacement`: where a room is, or where a new one would go, and why: what speaks for and against every server. A
 * customer's tags count; the namespace is the customer's own unless it is named.
 */
export const explainPlacement = createMethod("ExplainPlacement", params, (call, context: InternalContext) => {
  const { room_id: room, customer, namespace = customer, pool = context.pool } = call;
  const tags = customer === undefined ? [] : context.findTags(customer);
  return context.store.explain({ pool, namespace, room, tags });
});
