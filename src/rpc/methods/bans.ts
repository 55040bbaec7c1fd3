import * as v from "valibot";
import { checkFilter } from "../check-names.ts";
import type { InternalContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { name, page } from "../schemas.ts";

const params = v.object(
  { customer: v.optional(name), namespace: v.optional(name), room: v.optional(name), ...page },
  "must be an object",
);

/** `Bans`: a page of the bans in force, with pages as `Rooms` has them; without a `user_id`, the whole room is closed. */
export const bans = createMethod("Bans", params, async (query, context: InternalContext) => {
  await checkFilter(query, context);
  const { items, next } = await context.store.searchBans(query);
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
