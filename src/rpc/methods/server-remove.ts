import * as v from "valibot";
import type { InternalContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { serverTarget } from "../server-identity.ts";

/** `ServerRemove`: forgets a server that is silent, with its rooms; one that still reports is to be drained instead. */
export const serverRemove = createMethod(
  "ServerRemove",
  v.object(serverTarget, "must be an object"),
  async (target, { store }: InternalContext) => {
    await store.forget(target);
    return {};
  },
);
