import * as v from "valibot";
import type { InternalContext } from "../context.ts";
import { createMethod } from "../method.ts";

/** `Webhooks`: who is told what happens, how much waits for them, and how the last attempts went. */
export const webhooks = createMethod("Webhooks", v.object({}), (_params, context: InternalContext) => {
  return { webhooks: context.webhooks() };
});
