import * as v from "valibot";
import type { InternalContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { name, page } from "../schemas.ts";

const params = v.object(
  { customer: v.optional(name), namespace: v.optional(name), room: v.optional(name), ...page },
  "must be an object",
);

/** `Bans`: a page of the bans in force, with pages as `Rooms` has them; without a `user_id`, the whole room is closed. */
export const bans = createMethod("Bans", params, async (query, { store }: InternalContext) => {
  const { items, next } = await store.searchBans(query);
  return {
    bans: items.map(({ customer, namespace, room, user, untilMs }) => ({
      customer,
      namespace,
      room_id: room,
      ...(user !== undefined && { user_id: user }),
      until: new Date(untilMs).toISOString(),
    })),
    ...(next !== undefined && { next }),
  };
});
