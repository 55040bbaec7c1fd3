import * as v from "valibot";
import type { InternalContext, PublicContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { resolveOwnedRoom, resolveRoom } from "../room-scope.ts";
import { bytes, name } from "../schemas.ts";

const params = v.object({ room_id: name, user_id: name, message: bytes }, "must be an object");
const operatorParams = v.object({ ...params.entries, namespace: name }, "must be an object");

/** `RoomSendMessage`: sends a message to a user of a room. */
export const roomSendMessage = createMethod("RoomSendMessage", params, async (call, context: PublicContext) => {
  const room = resolveRoom(context.principal, call.room_id, context.roomScope);
  await context.store.sendMessage({ ...room, user: call.user_id, message: call.message });
  return {};
});

/** `RoomSendMessage` for operators: a room of any customer, named by its namespace. */
export const operatorRoomSendMessage = createMethod(
  "RoomSendMessage",
  operatorParams,
  async (call, context: InternalContext) => {
    const room = resolveOwnedRoom(call.namespace, call.room_id, context);
    await context.store.sendMessage({ ...room, user: call.user_id, message: call.message });
    return {};
  },
);
