import * as v from "valibot";
import { checkNames } from "../check-names.ts";
import type { InternalContext } from "../context.ts";
import { findRoom } from "../find-room.ts";
import { createMethod } from "../method.ts";
import { toNamespaceUnknown } from "../room-scope.ts";
import { name } from "../schemas.ts";

const params = v.object(
  { room_id: v.optional(name), namespace: v.optional(name), customer: v.optional(name), pool: v.optional(name) },
  "must be an object",
);

/**
 * `ExplainPlacement`: where a room is, or where a new one would go, and why: what speaks for and against every server. A
 * customer's tags count. The namespace is the customer's own unless it is named; with neither, the room is looked for in all.
 */
export const explainPlacement = createMethod("ExplainPlacement", params, async (call, context: InternalContext) => {
  const { room_id: room, pool = context.pool } = call;
  const { store, findOwner, findTags } = context;
  await checkNames({ pool, customer: call.customer }, context);
  const isSought = call.customer === undefined && call.namespace === undefined;
  const found = room !== undefined && isSought ? await findRoom(store, pool, room) : undefined;
  const namespace = call.namespace ?? call.customer ?? found?.namespace;
  const owner = namespace === undefined ? undefined : findOwner(namespace);
  const customer = call.customer ?? found?.customer ?? owner;
  const tags = customer === undefined ? [] : findTags(customer);
  const view = await store.explain({ pool, namespace, room, tags });
  // Rooms of a customer who was taken out of the config are there still.
  if (call.namespace !== undefined && owner === undefined && view.host === undefined)
    throw toNamespaceUnknown(call.namespace);
  return { ...(namespace !== undefined && { namespace }), ...(customer !== undefined && { customer }), ...view };
});
