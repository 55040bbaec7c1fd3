import { advance } from "./advance.ts";
import { sendRoomBan } from "./bans.ts";
import { refreshCandidate } from "./candidates.ts";
import { takeLoad } from "./client-cost.ts";
import { isClosing } from "./drain.ts";
import { toServerRef } from "./events.ts";
import { type RoomKey, toGroupKey, toRoomKey } from "./ids.ts";
import { bindGroup, closeRoomIfEmpty, dropGroupIfIdle, liveServer, moveGroup, openRoom } from "./rooms.ts";
import { activePhase, findOrCreateServer, scheduleServer, setPhase, setTags, silenceLimit } from "./servers.ts";
import type { Fleet, Group, Listing, Server } from "./state.ts";
import { type Task, takeTasks, toDuration } from "./tasks.ts";
import { recount, takePeers } from "./usage.ts";

/** A room in a server's report. */
export interface ReportedRoom {
  readonly namespace: string;
  readonly name: string;
  readonly customer: string;
  readonly peers: number;
  readonly ageMs: number;
}

/** What a server says of itself every few seconds. */
export interface Report {
  readonly pool: string;
  readonly endpoint: string;
  readonly version: string;
  /** 0 for idle, 1 for full; may exceed 1. */
  readonly load: number;
  readonly clients: number;
  readonly rooms: readonly ReportedRoom[];
  /** Tags of the user as whom the server calls. */
  readonly userTags?: readonly string[] | undefined;
  /** Tells the connection of this report from others; undefined if a proxy stands in between. */
  readonly connection: string | undefined;
  /** Tells the request from all others; undefined for a notification, to which no tasks can go back. */
  readonly exchange: number | undefined;
}

/**
 * Takes a server's report in and answers with the tasks it has to do. The server is eligible from this moment on.
 * Rooms of hash tags that are bound nowhere, or to a server that is not live, are bound to this one; if another live
 * server has them, one of the two keeps the whole group (see `settle`). `now` is in epoch milliseconds.
 */
export function takeReport(fleet: Fleet, report: Report, now: number): Task[] {
  advance(fleet, now);
  const server = findOrCreateServer(fleet, report.pool, report.endpoint, now);
  greet(fleet, server, report, now);

  const before = server.listings;
  const listings = toListings(report);
  server.listings = listings;

  const refused = settle(fleet, server, listings, now);
  let seen = 0;
  let joins = 0;
  for (const [key, listing] of listings) {
    const group = fleet.groups.get(listing.groupKey);
    if (group?.server !== server) continue;
    const known = group.rooms.get(key);
    const room = openRoom(fleet, group, { key, ...listing }, now);
    if (known && !before.has(key)) sendRoomBan(fleet, room, server);
    if (!room.listed || room.peers !== listing.peers) fleet.changes.groups.set(group.key, group);
    room.listed = true;
    if (known) joins += Math.max(0, listing.peers - room.peers);
    else if (listing.ageMs < server.reportIntervalMs) joins += listing.peers;
    seen += takePeers(room, listing.peers);
    recount(fleet, room);
    room.updatedAt = now;
  }
  for (const [key, { groupKey }] of before) {
    if (listings.has(key)) continue;
    const group = fleet.groups.get(groupKey);
    if (group?.server === server) unlist(fleet, group, key, now);
  }
  takeLoad(fleet, server, seen, joins);
  refreshCandidate(fleet, server, now);
  const { connection, exchange } = report;
  const { maxQueuedTasks: maxTasks } = fleet.policy;
  const lateAfterMs = silenceLimit(fleet, server);
  return [...refused, ...takeTasks(fleet, server, { connection, exchange, listings, now, maxTasks, lateAfterMs })];
}

function greet(fleet: Fleet, server: Server, report: Report, now: number): void {
  const { version, load, clients, userTags = [] } = report;
  const { phase } = server;
  setTags(fleet, server, userTags, now);
  setPhase(fleet, server, activePhase(fleet, server));
  fleet.changes.servers.set(server.id, server);
  server.version = version;
  server.load = load;
  server.clients = clients;
  server.lastSeenAt = now;
  if (phase === "registered")
    fleet.events.push({ type: "server.added", server: toServerRef(server), keys: server.keys });
  scheduleServer(fleet, server);
}

function toListings({ pool, rooms }: Report): ReadonlyMap<RoomKey, Listing> {
  const listings = new Map<RoomKey, Listing>();
  for (const { namespace, name, customer, peers, ageMs } of rooms) {
    const groupKey = toGroupKey(pool, namespace, name);
    listings.set(toRoomKey(pool, namespace, name), { namespace, name, customer, peers, ageMs, groupKey });
  }
  return listings;
}

/**
 * Binds the groups that nobody has to this server, and decides about those that another one has.
 * A bound server that is live and has shown peers keeps the group, and this one is told to close its rooms, again with
 * every report that lists them. A bound server without peers gives way to one that has some: the many are not put out
 * for the one who just came. A server whose time to drain is over takes none, and is told to close all it has. While neither has any, nothing is decided. Source: docs/protocol.md, "Two servers, one room".
 */
function settle(fleet: Fleet, server: Server, listings: ReadonlyMap<RoomKey, Listing>, now: number): Task[] {
  const contested = new Map<Group, Map<RoomKey, Listing>>();
  const closes = isClosing(server, now);
  const tasks: Task[] = [];
  const ban_time = toDuration(server.reportIntervalMs);
  for (const [key, listing] of listings) {
    const { namespace, name } = listing;
    if (closes) tasks.push({ task: "RoomClose", id: [namespace, name], ban_time });
    const group = fleet.groups.get(listing.groupKey);
    if (!group) bindGroup(fleet, listing.groupKey, listing.namespace, server);
    else if (group.server !== server) contested.set(group, (contested.get(group) ?? new Map()).set(key, listing));
  }
  const moved = new Map<string, number>();
  const refused = new Map<string, number>();
  for (const [group, rooms] of contested) {
    const boundTo = group.server.endpoint;
    const boundHasPeers = liveServer(group) !== undefined && hasPeers(group.rooms);
    if (liveServer(group) !== undefined && closes) continue;
    if (liveServer(group) === undefined || (!boundHasPeers && hasPeers(rooms))) {
      takeOver(fleet, group, server, rooms);
      moved.set(boundTo, (moved.get(boundTo) ?? 0) + 1);
    } else if (boundHasPeers) {
      for (const { namespace, name } of rooms.values())
        tasks.push({ task: "RoomClose", id: [namespace, name], ban_time });
      refused.set(boundTo, (refused.get(boundTo) ?? 0) + rooms.size);
    }
  }
  const { pool, endpoint } = server;
  for (const [from, groups] of moved) fleet.events.push({ type: "rooms.moved", pool, from, to: endpoint, groups });
  for (const [boundTo, rooms] of refused)
    fleet.events.push({ type: "rooms.refused", server: toServerRef(server), boundTo, rooms });
  return tasks;
}

/** Moves the group here; the peers that were here already are not those for whom the other server's tokens were issued. */
function takeOver(fleet: Fleet, group: Group, server: Server, rooms: ReadonlyMap<RoomKey, Listing>): void {
  moveGroup(fleet, group, server);
  for (const room of group.rooms.values()) room.peers = rooms.get(room.key)?.peers ?? 0;
}

function hasPeers(rooms: ReadonlyMap<RoomKey, { readonly peers: number }>): boolean {
  return rooms.values().some(({ peers }) => peers > 0);
}

function unlist(fleet: Fleet, group: Group, key: RoomKey, now: number): void {
  const room = group.rooms.get(key);
  if (!room) return;
  room.listed = false;
  room.peers = 0;
  fleet.changes.groups.set(group.key, group);
  if (closeRoomIfEmpty(fleet, room)) dropGroupIfIdle(fleet, group, now);
  else recount(fleet, room);
}
