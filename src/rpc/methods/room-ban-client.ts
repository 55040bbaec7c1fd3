import * as v from "valibot";
import type { InternalContext, PublicContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { resolveOwnedRoom, resolveRoom } from "../room-scope.ts";
import { banTime, name } from "../schemas.ts";

const params = v.object({ room_id: name, user_id: name, ban_time: banTime }, "must be an object");
const operatorParams = v.object({ ...params.entries, namespace: name }, "must be an object");

/** `RoomBanClient`: kicks a user out of a room, and keeps them out for a while if `ban_time` says so. */
export const roomBanClient = createMethod("RoomBanClient", params, async (call, context: PublicContext) => {
  const room = resolveRoom(context.principal, call.room_id, context.roomScope);
  await context.store.banClient({ ...room, user: call.user_id, banSec: call.ban_time });
  return {};
});

/** `RoomBanClient` for operators: a room of any customer, on whom the ban counts. */
export const operatorRoomBanClient = createMethod(
  "RoomBanClient",
  operatorParams,
  async (call, context: InternalContext) => {
    const room = resolveOwnedRoom(call.namespace, call.room_id, context);
    await context.store.banClient({ ...room, user: call.user_id, banSec: call.ban_time });
    return {};
  },
);
