import { adoptBinding, adoptListings } from "../../fleet/adopt.ts";
import { noteTraffic } from "../../fleet/changes.ts";
import { type ServerId, splitKey } from "../../fleet/ids.ts";
import { reservationsOf } from "../../fleet/reservations.ts";
import type { Group, Room } from "../../fleet/room.ts";
import { attributeRoom, keepBinding, openRoom } from "../../fleet/rooms.ts";
import { pendingTimeout } from "../../fleet/servers.ts";
import { findGroup, findRoomIn, findTagged, roomsOf } from "../../fleet/spaces.ts";
import type { Fleet } from "../../fleet/state.ts";
import { recount, release, reserve } from "../../fleet/usage.ts";

/** A group as the shared state has it, with the milliseconds for which its tokens can be used. Keys are those of fleet/ids.ts. */
export type SharedGroupState = readonly [
  group: string,
  server: string,
  tokenMs: number,
  rooms: readonly SharedRoomState[] | Record<string, never>,
];

/** A room with its peers, -1 where no report lists it, and users with the milliseconds that they hold a slot for. */
type SharedRoomState = readonly [room: string, peers: number, ...slots: (string | number)[]];

/** By how much longer tokens have to be usable for that to be noted. */
const MIN_LATER_MS = 1_000;

/**
 * Has the fleet know of the group what the shared state has: where it is bound, and of the customer's rooms their peers and
 * slots, and nothing else. Says whether it could: not without a server that this gateway does not know.
 */
export function adoptGroup(fleet: Fleet, customer: string, state: SharedGroupState, now: number): boolean {
  const [key, serverId, tokenMs] = state;
  const server = fleet.servers.get(serverId as ServerId);
  const [pool, namespace, tag] = splitKey(key) ?? ["", "", ""];
  if (!server) return false;
  const known = findTagged(fleet, pool, namespace, tag);
  const group = adoptBinding(fleet, { pool, namespace, tag }, server);
  if (now + tokenMs > (group.tokens?.until ?? now) + MIN_LATER_MS) keepBinding(fleet, group, now + tokenMs);
  const found = roomsIn(state);
  // Of thousands that are read after an outage few have changed.
  if (known && isSame(group, customer, found)) return true;
  const listings = found.map(([room, peers]) => ({
    name: splitKey(room)?.[2] ?? "",
    customer,
    peers: peers < 0 ? undefined : peers,
  }));
  // What it does not have is not there: listed by nobody, and held by nobody.
  const names = new Set(listings.map(({ name }) => name));
  const gone = roomsOf(group).filter(({ usage, name }) => usage.customer === customer && !names.has(name));
  for (const room of gone) dropOtherSlots(fleet, room, new Set());
  adoptListings(fleet, group, [...listings, ...gone.map(({ name }) => ({ name, customer, peers: undefined }))], now);
  for (const [room, , ...slots] of found) adoptSlots(fleet, customer, room, toUsers(slots), now);
  return true;
}

/** Says whether the fleet has the same rooms in the group, with the same peers, and slots of the same users. */
function isSame(group: Group, customer: string, found: readonly SharedRoomState[]): boolean {
  const rooms = roomsOf(group);
  return (
    rooms.length === found.length &&
    found.every(([key, peers, ...slots]) => {
      const room = findRoomIn(group, splitKey(key)?.[2] ?? "");
      if (room?.usage.customer !== customer || (room.listedIn > 0 ? room.peers : -1) !== peers) return false;
      const held = room.traffic ? reservationsOf(room.traffic) : [];
      const users = toUsers(slots);
      return held.length === users.size && held.every(({ user }) => users.has(user));
    })
  );
}

function adoptSlots(
  fleet: Fleet,
  customer: string,
  key: string,
  users: ReadonlyMap<string, number>,
  now: number,
): void {
  const [pool, namespace, name] = splitKey(key) ?? ["", "", ""];
  const group = findGroup(fleet, pool, namespace, name);
  const known = group && findRoomIn(group, name);
  if (known) dropOtherSlots(fleet, known, new Set(users.keys()));
  if (known && users.size === 0) recount(fleet, known);
  if (!group || users.size === 0) return;
  const room = openRoom(fleet, group, { name, customer }, now);
  attributeRoom(fleet, room, customer);
  const pendingMs = pendingTimeout(fleet, group.server);
  for (const [user, leftMs] of users) reserve(fleet, room, user, now + leftMs, now + Math.min(leftMs, pendingMs));
  noteTraffic(fleet, group);
  recount(fleet, room);
}

/** The rooms of a group: Lua has no empty list. */
export function roomsIn([, , , rooms]: SharedGroupState): readonly SharedRoomState[] {
  return Array.isArray(rooms) ? (rooms as readonly SharedRoomState[]) : [];
}

/** Users and the milliseconds of their slots, of a list in which they take turns. */
export function toUsers(slots: readonly (string | number)[]): Map<string, number> {
  const users = new Map<string, number>();
  for (let i = 0; i + 1 < slots.length; i += 2) users.set(String(slots[i]), Number(slots[i + 1]));
  return users;
}

function dropOtherSlots(fleet: Fleet, { traffic, group }: Room, users: ReadonlySet<string>): void {
  const others = (traffic ? reservationsOf(traffic) : []).filter(({ user }) => !users.has(user));
  for (const reservation of others) release(reservation);
  if (others.length > 0) noteTraffic(fleet, group);
}
