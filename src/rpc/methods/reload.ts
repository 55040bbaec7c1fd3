import * as v from "valibot";
import type { InternalContext } from "../context.ts";
import { createMethod } from "../method.ts";

/** `Reload`: loads the config afresh, puts it in force if it is good, and says how that went. */
export const reload = createMethod(
  "Reload",
  v.object({}),
  async (_params, { configControl, principal }: InternalContext) => {
    return (await configControl?.reload(`user ${principal.name}`)) ?? {};
  },
);
