import * as v from "valibot";
import { SERVER_STATES } from "../../fleet/census.ts";
import type { ServerStatus } from "../../fleet/server-status.ts";
import { checkFilter } from "../check-names.ts";
import type { InternalContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { keyPage } from "../schemas.ts";

const params = v.object(
  {
    pool: v.optional(v.string("must be a string")),
    state: v.optional(v.picklist(SERVER_STATES, `must be one of ${SERVER_STATES.join(", ")}`)),
    endpoint: v.optional(v.string("must be a string")),
    ...keyPage,
  },
  "must be an object",
);

/**
 * `Servers`: a page of the servers, of all pools and in all states, as the gateway sees them, in the order of
 * `pool/endpoint`; `endpoint` is a part of the address.
 */
export const servers = createMethod("Servers", params, async (query, context: InternalContext) => {
  await checkFilter({ after: query.after, pool: query.pool }, context);
  const { items, next } = await context.store.searchServers(query);
  return { servers: items.map(toEntry), ...(next !== undefined && { next }) };
});

function toEntry({ keys: _, firstSeenAt, lastSeenAt, draining, drainLeftMs, ...server }: ServerStatus) {
  return {
    ...server,
    ...(draining && { draining: toDraining(draining.deadline, drainLeftMs) }),
    firstSeen: new Date(firstSeenAt).toISOString(),
    lastSeen: new Date(lastSeenAt).toISOString(),
  };
}

function toDraining(deadline: number | undefined, leftMs: number | undefined) {
  return deadline === undefined ? {} : { deadline: new Date(deadline).toISOString(), leftMs };
}
