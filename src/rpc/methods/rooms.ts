import * as v from "valibot";
import { checkFilter } from "../check-names.ts";
import type { InternalContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { name, page } from "../schemas.ts";

const params = v.object(
  {
    name: v.optional(v.string("must be a string")),
    customer: v.optional(name),
    namespace: v.optional(name),
    server: v.optional(v.string("must be a string")),
    pool: v.optional(v.string("must be a string")),
    ...page,
  },
  "must be an object",
);

/**
 * `Rooms`: a page of the rooms whose name contains `name`, and that are the customer's, the server's and so on. One call
 * looks at no more than 10,000 rooms, so a page may be short, or empty, and have a `next` all the same.
 */
export const rooms = createMethod("Rooms", params, async (query, context: InternalContext) => {
  await checkFilter(query, context);
  const { items, next } = await context.store.searchRooms(query);
  return {
    rooms: items.map(({ updatedAt, ...room }) => ({ ...room, updated: new Date(updatedAt).toISOString() })),
    ...(next !== undefined && { next }),
  };
});
