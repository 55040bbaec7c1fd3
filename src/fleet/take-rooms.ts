import { sendRoomBan } from "./bans.ts";
import { noteListing, touch } from "./changes.ts";
import { hashTag } from "./ids.ts";
import type { ReportedRoom } from "./report.ts";
import type { Room, Space } from "./room.ts";
import { bindGroup, closeRoomIfEmpty, dropGroupIfIdle, openRoom } from "./rooms.ts";
import { type Contested, settleContested } from "./settle-contested.ts";
import { findRoomIn, findSpace, findTagged, roomsBoundTo } from "./spaces.ts";
import type { Fleet, Server } from "./state.ts";
import type { Task } from "./tasks.ts";
import { recount, setPeers, takePeers } from "./usage.ts";

/** What the rooms of a report came to. */
export interface TakenRooms {
  /** Tasks to close those that live elsewhere. */
  readonly refused: readonly Task[];
  /** Peers that were shown for the first time, and how many of them had a token of ours. */
  readonly joins: number;
  readonly seen: number;
}

/**
 * Takes in the rooms that a server lists. Servers list most of their rooms again, in the same order: those are found where
 * they were, without a look into any index. Of a room that is listed twice the first entry counts.
 */
export function takeRooms(fleet: Fleet, server: Server, rooms: readonly ReportedRoom[], now: number): TakenRooms {
  const listedIn = ++server.reports;
  const before = server.listed.rooms;
  // In the old order's place, entry by entry: it is as large as the server, and changes little.
  const { order } = server;
  order.length = rooms.length;
  const others: number[] = [];
  let space: Space | undefined;
  let [again, peers, joins, seen] = [0, 0, 0, 0];
  let areSame = true;

  function takeKnown(room: Room, listing: ReportedRoom): void {
    const wasListed = room.listedIn > 0;
    const isSame = wasListed && room.peers === listing.peers;
    room.listedIn = listedIn;
    peers += listing.peers;
    if (wasListed) again++;
    else sendRoomBan(fleet, room, server);
    if (isSame && room.traffic === undefined) return;
    if (!isSame) touch(fleet, room.group);
    areSame &&= isSame;
    joins += Math.max(0, listing.peers - room.peers);
    seen += takePeers(fleet, room, listing.peers);
    recount(fleet, room);
  }

  for (const [index, listing] of rooms.entries()) {
    const { namespace, name } = listing;
    let room = order[index];
    if (room?.name !== name || room.countedOn !== server || room.group.space.namespace !== namespace) {
      if (space?.namespace !== namespace) space = findSpace(fleet, server.pool, namespace);
      const group = space && fleet.groups.find(space, hashTag(name));
      room = group?.server === server ? findRoomIn(group, name) : undefined;
    }
    if (room?.listedIn === listedIn) room = undefined;
    else if (room === undefined) others.push(index);
    else takeKnown(room, listing);
    if (order[index] !== room) order[index] = room;
  }

  const contested: Contested = new Map();
  for (const index of others) {
    const listing = rooms[index];
    if (listing === undefined) continue;
    const { namespace, name, customer, ageMs } = listing;
    const tag = hashTag(name);
    const group = findTagged(fleet, server.pool, namespace, tag) ?? bindGroup(fleet, { namespace, tag }, server);
    if (group.server !== server) {
      const listings = contested.get(group) ?? new Map<string, ReportedRoom>();
      if (!listings.has(name)) contested.set(group, listings.set(name, listing));
    } else if (findRoomIn(group, name)?.listedIn !== listedIn) {
      const listed = { listedIn, peers: listing.peers };
      order[index] = openRoom(fleet, group, { name, customer, ageMs, listing: listed }, now);
      peers += listing.peers;
      if (ageMs < server.reportIntervalMs) joins += listing.peers;
    }
  }
  const settled = settleContested(fleet, server, contested, now);

  server.listed = {
    rooms: order.reduce((count, room) => count + Number(room !== undefined), 0) + settled.rooms,
    peers: peers + settled.peers,
  };
  if (again < before) dropUnlisted(fleet, server, now);
  if (!areSame || again < before) noteListing(fleet, server);
  return { refused: settled.refused, joins: joins + settled.joins, seen };
}

/** Takes note that the server's last report no longer lists what the one before did. */
function dropUnlisted(fleet: Fleet, server: Server, now: number): void {
  for (const [key, { listedIn }] of server.strays) if (listedIn !== server.reports) server.strays.delete(key);
  const gone = roomsBoundTo(server).filter(({ listedIn }) => listedIn > 0 && listedIn !== server.reports);
  for (const room of gone) {
    room.listedIn = 0;
    setPeers(room, 0);
    touch(fleet, room.group);
    if (closeRoomIfEmpty(fleet, room)) dropGroupIfIdle(fleet, room.group, now);
    else recount(fleet, room);
  }
}
