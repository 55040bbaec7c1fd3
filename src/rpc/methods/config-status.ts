import * as v from "valibot";
import type { InternalContext } from "../context.ts";
import { createMethod } from "../method.ts";

/** `ConfigStatus`: which config is in force since when, and how the last reload went. */
export const configStatus = createMethod(
  "ConfigStatus",
  v.object({}),
  (_params, { configControl }: InternalContext) => {
    return configControl?.status() ?? {};
  },
);
