import * as v from "valibot";
import type { PublicContext } from "../context.ts";
import { createMethod } from "../method.ts";

/** `Connect`: the server that hosts the token's rooms, or one that is chosen now, and a token for it. */
export const connect = createMethod(
  "Connect",
  v.object({}, "must be an object"),
  async (_params, context: PublicContext) => {
    const { principal, pool, store, issueRoomToken } = context;
    const admitted = store.admit({
      pool,
      namespace: principal.namespace,
      customer: principal.customer,
      limits: principal.limits,
      user: principal.user,
      rooms: principal.rooms,
      preferredServer: principal.preferredServer,
      tags: principal.tags,
    });
    // One that is there already is not waited for, as every Connect would be set aside and taken up again.
    const admission = admitted instanceof Promise ? await admitted : admitted;
    return { address: admission.endpoint, token: await issueRoomToken(principal, admission) };
  },
);
