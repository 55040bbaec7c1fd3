import * as v from "valibot";
import type { InternalContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { serverTarget } from "../server-identity.ts";

/** `ServerUndrain`: gives a server new rooms again. */
export const serverUndrain = createMethod(
  "ServerUndrain",
  v.object(serverTarget, "must be an object"),
  async (target, { store }: InternalContext) => {
    await store.undrain(target);
    return {};
  },
);
