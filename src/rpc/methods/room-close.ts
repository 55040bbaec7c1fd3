import * as v from "valibot";
import type { InternalContext, PublicContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { resolveOwnedRoom, resolveRoom } from "../room-scope.ts";
import { banTime, name } from "../schemas.ts";

const params = v.object({ room_id: name, ban_time: banTime }, "must be an object");
const operatorParams = v.object({ ...params.entries, namespace: name }, "must be an object");

/** `RoomClose`: closes a room, and keeps everybody out for a while if `ban_time` says so. */
export const roomClose = createMethod("RoomClose", params, async ({ room_id, ban_time }, context: PublicContext) => {
  const room = resolveRoom(context.principal, room_id, context.roomScope);
  await context.store.closeRoom({ ...room, banSec: ban_time });
  return {};
});

/** `RoomClose` for operators: a room of any customer, named by its namespace. */
export const operatorRoomClose = createMethod("RoomClose", operatorParams, async (call, context: InternalContext) => {
  const room = resolveOwnedRoom(call.namespace, call.room_id, context);
  await context.store.closeRoom({ ...room, banSec: call.ban_time });
  return {};
});
