import * as v from "valibot";
import type { PublicContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { resolveRoom } from "../room-scope.ts";
import { bytes, name } from "../schemas.ts";

const params = v.object({ room_id: name, user_id: name, message: bytes }, "must be an object");

/** `RoomSendMessage`: sends a message to a user of a room. */
export const roomSendMessage = createMethod("RoomSendMessage", params, async (call, context: PublicContext) => {
  const room = resolveRoom(context.principal, call.room_id, context.roomScope);
  await context.store.sendMessage({ ...room, user: call.user_id, message: call.message });
  return {};
});
