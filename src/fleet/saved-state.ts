import type { Ban, BanTarget } from "./ban.ts";
import type { BanKey, Changes } from "./changes.ts";
import type { ServerId } from "./ids.ts";
import { isToldByListing } from "./noted-groups.ts";
import { reservationsOf } from "./reservations.ts";
import type { Group, Room } from "./room.ts";
import { roomsOf } from "./spaces.ts";
import type { Server } from "./state.ts";
import type { QueuedTask, TaskId } from "./tasks.ts";

/** A server as it is kept over a restart. */
export type SavedServer = Pick<
  Server,
  | "pool"
  | "endpoint"
  | "phase"
  | "version"
  | "capacity"
  | "tags"
  | "ownTags"
  | "keys"
  | "reportIntervalMs"
  | "keepsConnections"
  | "firstSeenAt"
  | "lastSeenAt"
  | "load"
  | "clients"
  | "draining"
>;

/**
 * The rooms of a server that its last report listed, as they are kept, each with its peers: neighbours of the same namespace and
 * customer in one part. There can be a million rooms.
 */
export type SavedListing = readonly Readonly<ListingPart>[];

/** Rooms of a namespace and a customer: name, peers, name, peers … */
export type ListingPart = [namespace: string, customer: string, entries: (string | number)[]];

/** A room as it is kept in its group. */
export type SavedRoom = readonly [
  name: string,
  customer: string,
  reservations: readonly SavedSlot[],
  /** How many reservations there are beside those, older ones, and when the last of them ends. */
  others?: readonly [count: number, expiresAt: number],
];

/** A slot that is held, as it is kept. */
export type SavedSlot = readonly [user: string, expiresAt: number];

/** So many of a room's reservations are kept with their users: a lobby that thousands join is written again and again. */
export const MAX_NAMED = 64;

/**
 * What is kept of a group of rooms beyond the listing of its server, if there is anything. What of it ends by itself, at the time
 * that is kept with it, is not written for that.
 */
export type SavedGroup = readonly [
  server: ServerId,
  namespace: string,
  tag: string,
  tokenUntil: number,
  ...rooms: readonly SavedRoom[],
];

/** A ban as it is kept. */
export type SavedBan = BanTarget & Pick<Ban, "untilMs">;

/** A task as it is kept. */
export type SavedTask = Omit<QueuedTask, "id" | "bytes">;

/** Things by key, as JSON can hold them; nothing where one is gone, and the last word counts. Times are in epoch milliseconds. */
export interface SavedChanges {
  /** Whether this is all there is, and whatever else was kept is to be forgotten. */
  readonly isEverything: boolean;
  readonly servers: readonly (readonly [ServerId, SavedServer | undefined])[];
  readonly listings: readonly (readonly [ServerId, SavedListing | undefined])[];
  readonly groups: readonly (readonly [row: number, SavedGroup | undefined])[];
  readonly bans: readonly (readonly [BanKey, SavedBan | undefined])[];
  readonly tasks: readonly (readonly [TaskId, SavedTask | undefined])[];
  readonly times: readonly SavedTime[];
}

/** Until when what ends at its time has ended. */
export type SavedTime = readonly ["endedUntil", number];

/** Some groups: the row of each, and what is kept of it. */
export interface GroupBatch {
  readonly keys: readonly number[];
  readonly values: readonly SavedGroup[];
}

/** What is kept over a restart, whole; tasks in their order. */
export interface SavedState {
  readonly servers: readonly (readonly [ServerId, SavedServer])[];
  readonly listings: readonly (readonly [ServerId, SavedListing])[];
  /** In batches, so that each can be forgotten before the next one is looked at; to iterate them throws if one cannot be read. */
  readonly groups: { readonly count: number; readonly batches: Iterable<GroupBatch> };
  readonly bans: readonly (readonly [BanKey, SavedBan])[];
  readonly tasks: readonly (readonly [TaskId, SavedTask])[];
  readonly times: readonly SavedTime[];
}

/** Of a fleet of which nothing was kept. */
export const NOTHING: SavedState = {
  servers: [],
  listings: [],
  groups: { count: 0, batches: [] },
  bans: [],
  tasks: [],
  times: [],
};

/** What has changed, as it is at this moment, with all times later by `offsetMs`. */
export function toSavedChanges(changes: Changes<readonly Group[]>, offsetMs = 0): SavedChanges {
  const { isEverything, servers, listings, groups, goneRows, bans, tasks, endedUntil } = changes;
  return {
    isEverything,
    servers: [...servers].map(([key, server]) => [key, server && moveServer(toSavedServer(server), offsetMs)]),
    listings: [...listings].map(([key, server]) => [key, server && toSavedListing(server)]),
    groups: [
      ...Array.from(goneRows, (row) => [row, undefined] as const),
      ...groups.flatMap((group) =>
        group.kept ? [[group.kept.row, moveGroup(toSavedGroup(group), offsetMs)] as const] : [],
      ),
    ],
    bans: [...bans].map(([key, ban]) => [key, ban && moveBan({ ...ban.target, untilMs: ban.untilMs }, offsetMs)]),
    tasks: [...tasks].map(([id, task]) => [id, task && moveTask(toSavedTask(task), offsetMs)]),
    times: endedUntil === undefined ? [] : [["endedUntil", endedUntil + offsetMs]],
  };
}

function moveServer(server: SavedServer, ms: number): SavedServer {
  if (ms === 0) return server;
  const { firstSeenAt, lastSeenAt, draining } = server;
  const deadline = draining?.deadline;
  return {
    ...server,
    firstSeenAt: firstSeenAt + ms,
    lastSeenAt: lastSeenAt + ms,
    draining: deadline === undefined ? draining : { deadline: deadline + ms },
  };
}

function moveGroup(group: SavedGroup, ms: number): SavedGroup {
  if (ms === 0) return group;
  const [server, namespace, tag, tokenUntil, ...rooms] = group;
  const moved = rooms.map(([name, customer, held, others]): SavedRoom => {
    const later = held.map(([user, expiresAt]) => [user, expiresAt + ms] as const);
    const room = [name, customer, later] as const;
    return others ? [...room, [others[0], others[1] + ms]] : room;
  });
  return [server, namespace, tag, tokenUntil + ms, ...moved];
}

function moveBan(ban: SavedBan, ms: number): SavedBan {
  return { ...ban, untilMs: ban.untilMs + ms };
}

/** 0 stands for no ban, and for not sent yet. */
function moveTask(task: SavedTask, ms: number): SavedTask {
  const { banUntil, queuedAt, firstSentAt } = task;
  return {
    ...task,
    banUntil: banUntil === 0 ? 0 : banUntil + ms,
    queuedAt: queuedAt + ms,
    firstSentAt: firstSentAt === 0 ? 0 : firstSentAt + ms,
  };
}

/** What is kept of a server. */
export function toSavedServer(server: Server): SavedServer {
  const { pool, endpoint, phase, version, capacity, tags, ownTags, keys, load, clients, draining } = server;
  const { reportIntervalMs, keepsConnections, firstSeenAt, lastSeenAt } = server;
  return {
    pool,
    endpoint,
    phase,
    version,
    capacity,
    tags,
    ownTags,
    keys,
    reportIntervalMs,
    keepsConnections,
    firstSeenAt,
    lastSeenAt,
    load,
    clients,
    draining,
  };
}

/** Nothing if the server lists nothing. */
function toSavedListing({ groups }: Server): SavedListing | undefined {
  const parts: ListingPart[] = [];
  for (const group of groups)
    for (const { name, usage, listedIn, peers } of roomsOf(group))
      if (listedIn > 0) addListed(parts, group.space.namespace, usage.customer, name, peers);
  return parts.length === 0 ? undefined : parts;
}

/** Adds a room to a listing, to the part of the one before it if that is of the same namespace and customer. */
export function addListed(
  parts: ListingPart[],
  namespace: string,
  customer: string,
  name: string,
  peers: number,
): void {
  const last = parts.at(-1);
  if (last?.[0] === namespace && last[1] === customer) last[2].push(name, peers);
  else parts.push([namespace, customer, [name, peers]]);
}

function toSavedGroup(group: Group): SavedGroup {
  const { server, space, tag, tokens } = group;
  const rooms = roomsOf(group).flatMap((room) => (isToldByListing(room) ? [] : [toSavedRoom(room)]));
  return [server.id, space.namespace, tag, tokens?.until ?? 0, ...rooms];
}

function toSavedRoom({ name, usage, traffic }: Room): SavedRoom {
  const reservations = traffic ? reservationsOf(traffic) : [];
  const others = Math.max(0, reservations.length - MAX_NAMED);
  const held = reservations.slice(others).map(({ user, expiresAt }) => [user, expiresAt] as const);
  const room = [name, usage.customer, held] as const;
  return others === 0 ? room : [...room, [others, reservations[others - 1]?.expiresAt ?? 0]];
}

function toSavedTask({ id: _id, bytes: _bytes, ...task }: QueuedTask): SavedTask {
  return task;
}
