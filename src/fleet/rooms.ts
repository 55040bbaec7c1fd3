import { sendBans } from "./bans.ts";
import type { RoomRef } from "./events.ts";
import type { GroupKey, RoomKey } from "./ids.ts";
import { NOT_RECKONED } from "./standing.ts";
import type { Fleet, Group, Room, Server } from "./state.ts";
import { moveTasks } from "./tasks.ts";
import { dropUsageIfIdle, findOrCreateUsage, recount, releaseAll } from "./usage.ts";

/** A room that is to be opened. */
export interface NewRoom {
  readonly key: RoomKey;
  readonly namespace: string;
  readonly name: string;
  readonly customer: string;
  readonly ageMs?: number;
}

/** The server that hosts the group now: bound and enabled. */
export function liveServer(group: Group | undefined): Server | undefined {
  return group?.server.phase === "enabled" ? group.server : undefined;
}

/** Binds a group that is bound nowhere to the server. */
export function bindGroup(fleet: Fleet, key: GroupKey, namespace: string, server: Server): Group {
  const group: Group = { kind: "group", key, namespace, server, rooms: new Map(), tokenUntil: 0, scheduled: false };
  fleet.groups.set(key, group);
  fleet.changes.groups.set(key, group);
  server.groups.add(group);
  return group;
}

/**
 * Binds the group to another server; its undelivered tasks and its bans follow.
 * Peers of the old server no longer count. Reservations do as long as the old server lives: their tokens can be used there.
 */
export function moveGroup(fleet: Fleet, group: Group, to: Server): void {
  const from = group.server;
  const tokensAreVoid = from.phase !== "enabled";
  moveTasks(fleet, from, to, group.key);
  from.groups.delete(group);
  to.groups.add(group);
  group.server = to;
  fleet.changes.groups.set(group.key, group);
  for (const room of [...group.rooms.values()]) {
    room.listed = false;
    room.peers = 0;
    if (tokensAreVoid) releaseAll(room);
    if (closeRoomIfEmpty(fleet, room, from)) continue;
    recount(fleet, room);
    sendBans(fleet, room, to);
  }
}

/** Unbinds the group and closes its rooms. */
export function dropGroup(fleet: Fleet, group: Group): void {
  for (const room of group.rooms.values()) closeRoom(fleet, room, group.server);
  group.rooms.clear();
  fleet.groups.delete(group.key);
  fleet.changes.groups.set(group.key, undefined);
  group.server.groups.delete(group);
}

/** Unbinds the group if no room of it is hosted and no token can be used any more; else makes sure that this is looked at again. */
export function dropGroupIfIdle(fleet: Fleet, group: Group, now: number): void {
  if (group.rooms.size > 0 || fleet.groups.get(group.key) !== group) return;
  if (group.tokenUntil <= now) dropGroup(fleet, group);
  else scheduleGroup(fleet, group);
}

/** Keeps the binding at least until `tokenUntil`. */
export function keepBinding(fleet: Fleet, group: Group, tokenUntil: number): void {
  group.tokenUntil = Math.max(group.tokenUntil, tokenUntil);
  fleet.changes.groups.set(group.key, group);
  scheduleGroup(fleet, group);
}

/**
 * The room, opened in its group if it was not hosted; the bans on it go to the server. It is `ageMs` old already if it
 * was seen elsewhere first.
 */
export function openRoom(
  fleet: Fleet,
  group: Group,
  { key, namespace, name, customer, ageMs = 0 }: NewRoom,
  now: number,
): Room {
  const known = group.rooms.get(key);
  if (known) return known;
  const usage = findOrCreateUsage(fleet, customer);
  // Peers who are there already, as when a room moves to a server that was told to close it, came with other tokens.
  const listing = group.server.listings.get(key);
  const room: Room = {
    key,
    namespace,
    name,
    group,
    usage,
    seq: fleet.nextSeq++,
    listed: listing !== undefined,
    peers: listing?.peers ?? 0,
    reservations: new Map(),
    pending: 0,
    bornAt: now - ageMs,
    peak: listing?.peers ?? 0,
    updatedAt: now,
    reckoned: NOT_RECKONED,
    counted: { peers: 0, reserved: 0, rooms: 0 },
  };
  usage.hosted++;
  group.rooms.set(key, room);
  fleet.rooms.set(key, room);
  fleet.roomsBySeq.add(room);
  fleet.changes.groups.set(group.key, group);
  recount(fleet, room);
  fleet.events.push({ type: "room.opened", room: toRoomRef(room), server: group.server.endpoint });
  sendBans(fleet, room, group.server);
  return room;
}

/** Counts the room on another customer, who proved to be its owner: a report's word for it is only believed until then. */
export function attributeRoom(fleet: Fleet, room: Room, customer: string): void {
  const former = room.usage;
  if (former.customer === customer) return;
  recount(fleet, room, false);
  former.hosted--;
  dropUsageIfIdle(fleet, former);
  room.usage = findOrCreateUsage(fleet, customer);
  room.usage.hosted++;
  fleet.changes.groups.set(room.group.key, room.group);
  recount(fleet, room);
}

/** Closes the room if neither a report nor a reservation holds it, and says whether it did. */
export function closeRoomIfEmpty(fleet: Fleet, room: Room, server: Server = room.group.server): boolean {
  if (room.listed || room.reservations.size > 0) return false;
  room.group.rooms.delete(room.key);
  fleet.changes.groups.set(room.group.key, room.group);
  closeRoom(fleet, room, server);
  return true;
}

/** A room as events name it. */
export function toRoomRef({ group, namespace, name }: Room): RoomRef {
  return { pool: group.server.pool, namespace, room: name };
}

function closeRoom(fleet: Fleet, room: Room, server: Server): void {
  fleet.rooms.delete(room.key);
  releaseAll(room);
  recount(fleet, room, false);
  room.usage.hosted--;
  dropUsageIfIdle(fleet, room.usage);
  fleet.events.push({ type: "room.closed", room: toRoomRef(room), server: server.endpoint });
}

function scheduleGroup(fleet: Fleet, group: Group): void {
  if (group.scheduled || group.tokenUntil === 0) return;
  group.scheduled = true;
  fleet.deadlines.add(group.tokenUntil, group);
}
