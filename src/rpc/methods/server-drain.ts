import * as v from "valibot";
import type { InternalContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { duration } from "../schemas.ts";
import { serverTarget } from "../server-identity.ts";

const params = v.object({ ...serverTarget, deadline: v.optional(duration) }, "must be an object");

/**
 * `ServerDrain`: gives a server no new rooms; those it has stay, and so do those who join them. With a `deadline`, in
 * seconds from now, its rooms are closed then, so that they move.
 */
export const serverDrain = createMethod("ServerDrain", params, async (call, { store }: InternalContext) => {
  await store.drain({ endpoint: call.endpoint, pool: call.pool, afterSec: call.deadline });
  return {};
});
