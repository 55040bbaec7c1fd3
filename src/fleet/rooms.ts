import { sendBans } from "./bans.ts";
import { noteEnd, noteGroup, noteGroupGone, noteListing, noteMove, noteTraffic, touch } from "./changes.ts";
import type { RoomRef } from "./events.ts";
import { toRoomKey } from "./ids.ts";
import type { Group, IssuedTokens, Room } from "./room.ts";
import { addGroup, addRoom, findOrCreateSpace, findRoomIn, removeGroup, removeRoom, roomsOf } from "./spaces.ts";
import { letGrow } from "./standing.ts";
import type { Fleet, Server, Stray } from "./state.ts";
import { moveTasks } from "./tasks.ts";
import { dropUsageIfIdle, findOrCreateUsage, isReserved, recount, releaseAll, setPeers } from "./usage.ts";

/** A room that is to be opened. */
export interface NewRoom {
  readonly name: string;
  readonly customer: string;
  readonly ageMs?: number;
  /** As the server lists it, if it does. */
  readonly listing?: { readonly listedIn: number; readonly peers: number } | undefined;
}

/** The server that hosts the group now: bound and enabled. */
export function liveServer(group: Group | undefined): Server | undefined {
  return group?.server.phase === "enabled" ? group.server : undefined;
}

/** Binds a group that is bound nowhere to the server: for good as soon as it has a room or a token. */
export function bindGroup(fleet: Fleet, named: { namespace: string; tag: string }, server: Server): Group {
  const group = enterGroup(fleet, named, server);
  touch(fleet, group);
  return group;
}

/** Enters a group of the server, as `bindGroup` does and a restart, to which that is nothing new. */
export function enterGroup(fleet: Fleet, named: { namespace: string; tag: string }, server: Server): Group {
  const { namespace, tag } = named;
  const { pool } = server;
  const group: Group = {
    space: findOrCreateSpace(fleet, pool, namespace),
    tag,
    server,
    slot: server.groups.length,
    rooms: undefined,
    tokens: undefined,
    next: undefined,
    kept: undefined,
  };
  server.groups.push(group);
  addGroup(fleet, group);
  return group;
}

/**
 * Binds the group to another server; its undelivered tasks and its bans follow.
 * Peers of the old server no longer count. Reservations do as long as the old server lives: their tokens can be used there.
 */
export function moveGroup(
  fleet: Fleet,
  group: Group,
  to: Server,
  tokensAreVoid = group.server.phase !== "enabled",
): void {
  const from = group.server;
  noteMove(fleet, group, from.id);
  moveTasks(fleet, from, to, group);
  leaveServer(group);
  group.server = to;
  group.slot = to.groups.length;
  to.groups.push(group);
  noteGroup(fleet, group);
  for (const room of roomsOf(group)) {
    const { name, listedIn, peers } = room;
    if (listedIn > 0) {
      noteListing(fleet, from);
      noteStray(from, group.space.namespace, { name, listedIn, peers });
    }
    // Peers who are there already, as when a room moves to a server that was told to close it, came with other tokens.
    const stray = takeStray(to, group, name);
    if (stray) noteListing(fleet, to);
    room.listedIn = stray?.listedIn ?? 0;
    setPeers(room, stray?.peers ?? 0);
    if (tokensAreVoid) releaseAll(room);
    fleet.events.push({ type: "room.moved", room: toRoomRef(room), from: from.endpoint, to: to.endpoint });
    if (closeRoomIfEmpty(fleet, room, from)) continue;
    recount(fleet, room);
    sendBans(fleet, room, to);
  }
}

/** Unbinds the group and closes its rooms. */
export function dropGroup(fleet: Fleet, group: Group): void {
  for (const room of roomsOf(group)) closeRoom(fleet, room, group.server);
  removeGroup(fleet, group);
  leaveServer(group);
  noteGroupGone(fleet, group);
}

/** Unbinds the group if no room of it is hosted and no token can be used any more; else makes sure that this is looked at again. */
export function dropGroupIfIdle(fleet: Fleet, group: Group, now: number): void {
  if (group.rooms !== undefined || group.slot < 0) return;
  const { tokens } = group;
  if (tokens === undefined || tokens.until <= now) dropGroup(fleet, group);
  else schedule(fleet, tokens);
}

/** Keeps the binding at least until `tokenUntil`. */
export function keepBinding(fleet: Fleet, group: Group, tokenUntil: number): void {
  group.tokens ??= { kind: "tokens", group, until: 0, scheduled: false };
  group.tokens.until = Math.max(group.tokens.until, tokenUntil);
  group.server.tokensUntil = Math.max(group.server.tokensUntil, tokenUntil);
  noteTraffic(fleet, group);
  schedule(fleet, group.tokens);
}

/** Looks at tokens that fall due: more may have been issued since, which can be used for longer. */
export function expireTokens(fleet: Fleet, tokens: IssuedTokens, now: number): void {
  const { group, until } = tokens;
  tokens.scheduled = false;
  // The last slot of a group may have ended at the same time.
  if (group.slot < 0) return;
  if (until > now) {
    schedule(fleet, tokens);
    return;
  }
  group.tokens = undefined;
  noteEnd(fleet, group);
  dropGroupIfIdle(fleet, group, now);
}

/**
 * The room, opened in its group if it was not hosted; the bans on it go to the server. It is `ageMs` old already if it
 * was seen elsewhere first.
 */
export function openRoom(fleet: Fleet, group: Group, wanted: NewRoom, now: number): Room {
  const known = findRoomIn(group, wanted.name);
  if (known) return known;
  const { server } = group;
  const room = enterRoom(fleet, group, wanted, now);
  if (room.listedIn > 0) noteListed(fleet, room);
  else noteGroup(fleet, group);
  fleet.events.push({ type: "room.opened", room: toRoomRef(room), server: server.endpoint });
  sendBans(fleet, room, server);
  return room;
}

/** Enters a room that the group does not have, as `openRoom` does and a restart, to which that is nothing new. */
export function enterRoom(fleet: Fleet, group: Group, wanted: NewRoom, now: number): Room {
  const { name, customer, ageMs = 0 } = wanted;
  const usage = findOrCreateUsage(fleet, customer);
  const listing = wanted.listing ?? takeStray(group.server, group, name);
  const room: Room = {
    name,
    group,
    usage,
    seq: fleet.nextSeq++,
    listedIn: listing?.listedIn ?? 0,
    peers: listing?.peers ?? 0,
    countedOn: undefined,
    traffic: undefined,
  };
  letGrow(fleet, room, now - ageMs);
  usage.hosted++;
  addRoom(fleet, group, room);
  recount(fleet, room);
  fleet.roomsBySeq.add(room);
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
  noteGroup(fleet, room.group);
  if (room.listedIn > 0) noteListed(fleet, room);
  recount(fleet, room);
}

/** Takes note of a change of a room that its server lists. */
function noteListed(fleet: Fleet, { group }: Room): void {
  touch(fleet, group);
  noteListing(fleet, group.server);
}

/** Closes the room if neither a report nor a reservation holds it, and says whether it did. */
export function closeRoomIfEmpty(fleet: Fleet, room: Room, server: Server = room.group.server): boolean {
  if (room.listedIn > 0 || isReserved(room)) return false;
  touch(fleet, room.group);
  closeRoom(fleet, room, server);
  return true;
}

/** A room as events name it. */
export function toRoomRef({ group: { space }, name, usage }: Room): RoomRef {
  return { pool: space.pool, namespace: space.namespace, room: name, customer: usage.customer };
}

function closeRoom(fleet: Fleet, room: Room, server: Server): void {
  if (room.listedIn > 0) noteListing(fleet, server);
  removeRoom(fleet, room);
  releaseAll(room);
  recount(fleet, room, false);
  room.usage.hosted--;
  dropUsageIfIdle(fleet, room.usage);
  fleet.events.push({ type: "room.closed", room: toRoomRef(room), server: server.endpoint });
}

/** Takes the group out of its server's list, where the last one gets its place. */
function leaveServer(group: Group): void {
  const { groups } = group.server;
  const last = groups.pop();
  if (last && last !== group) {
    groups.set(group.slot, last);
    last.slot = group.slot;
  }
  group.slot = -1;
}

/** Takes note that the server lists a room which is not bound to it, or no longer is. */
export function noteStray(server: Server, namespace: string, stray: Stray): void {
  server.strays.set(toRoomKey(server.pool, namespace, stray.name), stray);
}

/** What the server lists of a room that is not bound to it. */
export function findStray(server: Server, namespace: string, name: string): Stray | undefined {
  return server.strays.size === 0 ? undefined : server.strays.get(toRoomKey(server.pool, namespace, name));
}

/** Takes the room out of those that the server lists although they are not bound to it. */
function takeStray(server: Server, { space: { namespace } }: Group, name: string): Stray | undefined {
  const stray = findStray(server, namespace, name);
  if (stray) server.strays.delete(toRoomKey(server.pool, namespace, name));
  return stray;
}

function schedule(fleet: Fleet, tokens: IssuedTokens): void {
  if (tokens.scheduled) return;
  tokens.scheduled = true;
  fleet.deadlines.add(tokens.until, tokens);
}
