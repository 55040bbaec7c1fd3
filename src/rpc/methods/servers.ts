import * as v from "valibot";
import type { ServerStatus } from "../../fleet/server-status.ts";
import type { InternalContext } from "../context.ts";
import { createMethod } from "../method.ts";

/** `Servers`: every server, of all pools and in all phases, as the gateway sees it. */
export const servers = createMethod("Servers", v.object({}), async (_params, { store }: InternalContext) => {
  return { servers: (await store.serverStatus()).map(toEntry) };
});

function toEntry({ keys: _, firstSeenAt, lastSeenAt, draining, ...server }: ServerStatus) {
  return {
    ...server,
    ...(draining && {
      draining: draining.deadline === undefined ? {} : { deadline: new Date(draining.deadline).toISOString() },
    }),
    firstSeen: new Date(firstSeenAt).toISOString(),
    lastSeen: new Date(lastSeenAt).toISOString(),
  };
}
