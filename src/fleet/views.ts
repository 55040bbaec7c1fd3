import { createHash } from "node:crypto";
import { toKeyOf } from "./changes.ts";
import type { Room } from "./room.ts";
import { takePage } from "./sequence.ts";
import type { Fleet, Server, ServerPhase } from "./state.ts";
import { queuedTasks } from "./tasks.ts";

/** What is known of a server, times in epoch milliseconds. */
export interface ServerView {
  readonly pool: string;
  readonly endpoint: string;
  readonly version: string;
  readonly phase: ServerPhase;
  readonly load: number;
  readonly clients: number;
  readonly rooms: number;
  readonly peers: number;
  readonly tags: readonly string[];
  /** Whether it gets no new rooms, and from when on (epoch milliseconds) its rooms are closed. */
  readonly draining: { readonly deadline?: number } | undefined;
  /** Ids of the keys that the server was given, newest first; undefined if it was not us who gave it any. */
  readonly keys: readonly string[] | undefined;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly tasks: number;
}

/** What is known of a hosted room, times in epoch milliseconds. */
export interface RoomView {
  readonly pool: string;
  readonly namespace: string;
  readonly name: string;
  /** The same for all rooms that share a hash tag: SHA-256 in hexadecimal. */
  readonly hash: string;
  readonly customer: string;
  readonly server: string;
  readonly peers: number;
  readonly updatedAt: number;
}

/** Some rooms, and where the next page begins; `next` is absent on the last one. */
export interface RoomPage {
  readonly rooms: readonly RoomView[];
  readonly next: number | undefined;
}

/** Servers that have reported, in the order in which they came. */
export function listServers(fleet: Fleet): ServerView[] {
  return [...fleet.servers.values()].filter(({ phase }) => phase !== "registered").map(toServerView);
}

/** Up to `limit` rooms that were opened after the one at which the last page ended, in the order of their opening. */
export function listRooms(fleet: Fleet, { after, limit }: { after: number; limit: number }): RoomPage {
  const { items, next } = takePage(fleet.roomsBySeq, { after, limit }, () => true);
  return { rooms: items.map(toRoomView), next };
}

/** Number of servers, over all pools, that get new rooms. */
export function countEligible(fleet: Fleet): number {
  return [...fleet.enabled.values()].reduce((count, servers) => count + servers.size, 0);
}

/** Says whether a server of that address is there in any pool. */
export function isServerKnown(fleet: Fleet, endpoint: string): boolean {
  return fleet.servers.values().some((server) => server.endpoint === endpoint);
}

/** What is known of a server. */
export function toServerView(server: Server): ServerView {
  const {
    pool,
    endpoint,
    version,
    phase,
    load,
    clients,
    listed,
    tags,
    draining,
    keys,
    firstSeenAt,
    lastSeenAt,
    queue,
  } = server;
  const tasks = queuedTasks(queue);
  return {
    pool,
    endpoint,
    version,
    phase,
    load,
    clients,
    rooms: listed.rooms,
    peers: listed.peers,
    tags,
    draining,
    keys,
    firstSeenAt,
    lastSeenAt,
    tasks,
  };
}

/** What is known of a room. */
export function toRoomView({ group, name, usage, peers, listedIn, traffic }: Room): RoomView {
  const { space, server } = group;
  const hash = createHash("sha256").update(toKeyOf(group)).digest("hex");
  return {
    pool: space.pool,
    namespace: space.namespace,
    name,
    hash,
    customer: usage.customer,
    server: server.endpoint,
    peers,
    updatedAt: Math.max(listedIn > 0 ? server.lastSeenAt : 0, traffic?.updatedAt ?? 0),
  };
}
