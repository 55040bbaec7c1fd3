import * as v from "valibot";
import type { RoomView, ServerView } from "../../fleet/views.ts";
import type { InternalContext } from "../context.ts";
import { createMethod } from "../method.ts";
import { page } from "../schemas.ts";

const params = v.object({ rooms: v.optional(v.boolean("must be true or false"), true), ...page }, "must be an object");

/** `Info`: servers, call counters and a page of rooms; `next` is where the following page begins. */
export const info = createMethod("Info", params, async ({ rooms, limit, after }, context: InternalContext) => {
  const { store, stats, findKeyId } = context;
  const servers = (await store.servers()).map((server) => toServerEntry(server, findKeyId(server)));
  const listed = rooms ? await store.rooms({ after, limit }) : undefined;
  return {
    servers,
    ...(listed && { rooms: listed.rooms.map(toRoomEntry) }),
    stats: { apiCalls: stats.list() },
    ...(listed?.next !== undefined && { next: listed.next }),
  };
});

function toServerEntry(server: ServerView, keyId: string | undefined) {
  const { endpoint, pool, version, phase, load, clients, rooms, peers, tasks } = server;
  return {
    hostname: endpoint.replace(/:\d+$/, ""),
    address: endpoint,
    pool,
    version,
    disabled: phase !== "enabled",
    keyId,
    report: { load, clients, rooms, peers },
    firstSeen: new Date(server.firstSeenAt).toISOString(),
    lastSeen: new Date(server.lastSeenAt).toISOString(),
    tags: server.tags,
    ...(server.draining && { draining: toDraining(server.draining) }),
    tasks,
  };
}

function toDraining({ deadline }: { readonly deadline?: number }) {
  return deadline === undefined ? {} : { deadline: new Date(deadline).toISOString() };
}

function toRoomEntry({ hash, pool, namespace, name, customer, server, peers, updatedAt }: RoomView) {
  return { hash, id: [namespace, name], pool, customer, server, peers, updated: new Date(updatedAt).toISOString() };
}
