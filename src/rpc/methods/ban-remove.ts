import * as v from "valibot";
import type { InternalContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { name } from "../schemas.ts";

const params = v.object({ namespace: name, room_id: name, user_id: v.optional(name) }, "must be an object");

/** `BanRemove`: ends the ban on a user in a room, or on the room itself. */
export const banRemove = createMethod("BanRemove", params, async (call, { store }: InternalContext) => {
  await store.removeBan({ namespace: call.namespace, room: call.room_id, user: call.user_id });
  return {};
});
