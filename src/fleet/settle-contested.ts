import { isClosing } from "./drain.ts";
import { toServerRef } from "./events.ts";
import type { ReportedRoom } from "./report.ts";
import type { Group } from "./room.ts";
import { liveServer, moveGroup, noteStray, openRoom } from "./rooms.ts";
import { roomsOf } from "./spaces.ts";
import type { Fleet, Server } from "./state.ts";
import { type Task, toDuration } from "./tasks.ts";

/** Rooms that a server lists although their groups are bound to others, by group and name. */
export type Contested = Map<Group, Map<string, ReportedRoom>>;

/** What came of contested rooms. */
export interface SettledRooms {
  readonly rooms: number;
  readonly peers: number;
  /** Tasks to close those that stay elsewhere. */
  readonly refused: readonly Task[];
  /** Peers of rooms that came here and are younger than the last report. */
  readonly joins: number;
}

/**
 * Decides about the groups that `server` lists rooms of and another one has. A bound server that is live and has shown
 * peers keeps the group, and this one is told to close its rooms, again with every report that lists them. A bound server
 * without peers gives way to one that has some: the many are not put out for the one who just came. A server whose time to
 * drain is over takes none of a live one. While neither has any, nothing is decided. Source: docs/protocol.md, "Two servers,
 * one room".
 */
export function settleContested(fleet: Fleet, server: Server, contested: Contested, now: number): SettledRooms {
  const tasks: Task[] = [];
  const moved = new Map<string, number>();
  const refused = new Map<string, number>();
  const ban_time = toDuration(server.reportIntervalMs);
  const { pool, endpoint } = server;
  let [rooms, peers, joins] = [0, 0, 0];
  for (const [group, listings] of contested) {
    const boundTo = group.server.endpoint;
    const isLive = liveServer(group) !== undefined;
    const boundHasPeers = isLive && hasPeers(roomsOf(group));
    for (const listing of listings.values())
      noteStray(server, listing.namespace, { name: listing.name, peers: listing.peers, listedIn: server.reports });
    rooms += listings.size;
    peers += listings.values().reduce((sum, listing) => sum + listing.peers, 0);
    if (isLive && isClosing(server, now)) continue;
    if (!isLive || (!boundHasPeers && hasPeers([...listings.values()]))) {
      joins += takeOver(fleet, group, server, listings, now);
      moved.set(boundTo, (moved.get(boundTo) ?? 0) + 1);
    } else if (boundHasPeers) {
      for (const { namespace, name } of listings.values())
        tasks.push({ task: "RoomClose", id: [namespace, name], ban_time });
      refused.set(boundTo, (refused.get(boundTo) ?? 0) + listings.size);
    }
  }
  for (const [from, groups] of moved) fleet.events.push({ type: "rooms.moved", pool, from, to: endpoint, groups });
  for (const [boundTo, count] of refused)
    fleet.events.push({ type: "rooms.refused", server: toServerRef(server), boundTo, rooms: count });
  return { rooms, peers, joins, refused: tasks };
}

/** Moves the group here, and opens what it did not have; returns the peers of rooms that are that young. */
function takeOver(
  fleet: Fleet,
  group: Group,
  server: Server,
  listings: ReadonlyMap<string, ReportedRoom>,
  now: number,
): number {
  const known = new Set(roomsOf(group).map(({ name }) => name));
  moveGroup(fleet, group, server);
  let joins = 0;
  for (const { name, customer, ageMs, peers } of listings.values()) {
    openRoom(fleet, group, { name, customer, ageMs }, now);
    if (!known.has(name) && ageMs < server.reportIntervalMs) joins += peers;
  }
  return joins;
}

function hasPeers(rooms: readonly { readonly peers: number }[]): boolean {
  return rooms.some(({ peers }) => peers > 0);
}
