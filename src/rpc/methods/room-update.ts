import * as v from "valibot";
import type { PublicContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { resolveRoom } from "../room-scope.ts";
import { bytes, name } from "../schemas.ts";

const params = v.object({ room_id: name, user_data: bytes }, "must be an object");

/** `RoomUpdate`: changes the data of a room. */
export const roomUpdate = createMethod("RoomUpdate", params, async ({ room_id, user_data }, context: PublicContext) => {
  const room = resolveRoom(context.principal, room_id, context.roomScope);
  await context.store.updateRoom({ ...room, userData: user_data });
  return {};
});
