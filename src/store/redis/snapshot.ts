import { adoptBinding, adoptListings } from "../../fleet/adopt.ts";
import { advance } from "../../fleet/advance.ts";
import { setBan } from "../../fleet/bans.ts";
import { toBanKey, toKeyOf } from "../../fleet/changes.ts";
import { type ServerId, splitKey, toRoomKey } from "../../fleet/ids.ts";
import { reservationsOf } from "../../fleet/reservations.ts";
import type { Room } from "../../fleet/room.ts";
import { attributeRoom, dropGroup, keepBinding, openRoom } from "../../fleet/rooms.ts";
import { pendingTimeout } from "../../fleet/servers.ts";
import { findGroup, roomsOf } from "../../fleet/spaces.ts";
import type { Fleet } from "../../fleet/state.ts";
import { recount, release, reserve } from "../../fleet/usage.ts";
import type { Belongings } from "./belongings.ts";
import type { SharedTask } from "./delta.ts";
import { applyTask } from "./mirror.ts";
import { dropTasks, listSharedTasks } from "./shared-tasks.ts";

/** All there is of one customer; slots and tokens with the milliseconds that are left, all else by Redis' clock. Keys are those of fleet/ids.ts. */
export interface Snapshot {
  readonly life: string;
  readonly seq: number;
  readonly groups: readonly (readonly [
    group: string,
    server: string,
    tokenMs: number,
    rooms: Listed | Record<string, never>,
  ])[];
  readonly slots: readonly (readonly [room: string, users: readonly (readonly [user: string, leftMs: number])[]])[];
  readonly bans: readonly (readonly [ban: string, ends: string, target: string])[];
  readonly tasks: readonly (readonly [id: string, since: string, task: string])[];
}

type Listed = readonly (readonly [room: string, peers: number])[];

/** Reads the answer of the script; nothing if there is nothing of the customer. */
export function parseSnapshot([word, life, seq, ...lists]: readonly string[]): Snapshot | undefined {
  if (word !== "ok" || life === undefined) return undefined;
  const [groups, slots, bans, tasks] = lists.map((list) => JSON.parse(list));
  return { life, seq: Number(seq), groups, slots, bans, tasks };
}

/** Has the fleet know of the customer what the shared state has, and nothing else. */
export function adoptSnapshot(
  fleet: Fleet,
  customer: string,
  snapshot: Snapshot,
  before: Belongings | undefined,
  now: number,
  offsetMs: number,
): void {
  advance(fleet, now);
  const kept = new Set<string>();
  const held = new Set(snapshot.slots.map(([room]) => room));
  for (const [key, serverId, tokenMs, rooms] of snapshot.groups) {
    const server = fleet.servers.get(serverId as ServerId);
    const [pool, namespace, tag] = splitKey(key) ?? ["", "", ""];
    if (!server) continue;
    kept.add(key);
    const group = adoptBinding(fleet, { pool, namespace, tag }, server);
    if (tokenMs > 0) keepBinding(fleet, group, now + tokenMs);
    const listings = (Array.isArray(rooms) ? (rooms as Listed) : []).map(([room, peers]) => ({
      name: splitKey(room)?.[2] ?? "",
      customer,
      peers: peers < 0 ? undefined : peers,
    }));
    // What it does not have is not there: listed by nobody, and held by nobody.
    const names = new Set(listings.map(({ name }) => name));
    const own = roomsOf(group).filter(({ usage }) => usage.customer === customer);
    const others = own.filter(({ name }) => !names.has(name));
    for (const room of own) if (!held.has(toRoomKey(pool, namespace, room.name))) dropOtherSlots(room, new Set());
    const gone = others.map(({ name }) => ({ name, customer, peers: undefined }));
    adoptListings(fleet, group, [...listings, ...gone], now);
  }
  for (const group of before?.groups ?? []) if (group.slot >= 0 && !kept.has(toKeyOf(group))) dropGroup(fleet, group);
  for (const [key, users] of snapshot.slots) adoptSlots(fleet, customer, key, users, now);
  adoptBans(fleet, snapshot, before, now, offsetMs);
  adoptTasks(fleet, customer, snapshot, now);
}

function adoptSlots(
  fleet: Fleet,
  customer: string,
  key: string,
  users: readonly (readonly [string, number])[],
  now: number,
): void {
  const [pool, namespace, name] = splitKey(key) ?? ["", "", ""];
  const group = findGroup(fleet, pool, namespace, name);
  if (!group) return;
  const room = openRoom(fleet, group, { name, customer }, now);
  attributeRoom(fleet, room, customer);
  dropOtherSlots(room, new Set(users.map(([user]) => user)));
  const pendingMs = pendingTimeout(fleet, group.server);
  for (const [user, leftMs] of users) reserve(fleet, room, user, now + leftMs, now + Math.min(leftMs, pendingMs));
  recount(fleet, room);
}

function dropOtherSlots({ traffic }: Room, users: ReadonlySet<string>): void {
  for (const reservation of traffic ? reservationsOf(traffic) : [])
    if (!users.has(reservation.user)) release(reservation);
}

function adoptBans(
  fleet: Fleet,
  { bans }: Snapshot,
  before: Belongings | undefined,
  now: number,
  offsetMs: number,
): void {
  const kept = new Set(bans.map(([key]) => key));
  for (const [, ends, target] of bans) setBan(fleet, JSON.parse(target), Number(ends) + offsetMs, now);
  for (const { bans: of, user, target } of before?.bans ?? [])
    if (!kept.has(toBanKey(of.name, user))) setBan(fleet, target, now, now);
}

function adoptTasks(fleet: Fleet, customer: string, { tasks }: Snapshot, now: number): void {
  const known = listSharedTasks(fleet);
  const kept = new Set(tasks.map(([id]) => id));
  const gone = [...known].filter(([id, { shared }]) => shared.customer === customer && !kept.has(id)).map(([id]) => id);
  dropTasks(fleet, gone);
  for (const [id, , task] of tasks)
    if (!known.has(id)) applyTask(fleet, customer, id, JSON.parse(task) as SharedTask, now);
}
