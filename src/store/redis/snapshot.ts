import { adoptBinding, adoptListings } from "../../fleet/adopt.ts";
import { advance } from "../../fleet/advance.ts";
import { setBan } from "../../fleet/bans.ts";
import { toBanKey, toKeyOf } from "../../fleet/changes.ts";
import { type ServerId, splitKey } from "../../fleet/ids.ts";
import { reservationsOf } from "../../fleet/reservations.ts";
import type { Room } from "../../fleet/room.ts";
import { attributeRoom, dropGroup, keepBinding, openRoom } from "../../fleet/rooms.ts";
import { pendingTimeout } from "../../fleet/servers.ts";
import { findGroup, findRoomIn, roomsOf } from "../../fleet/spaces.ts";
import type { Fleet } from "../../fleet/state.ts";
import { recount, release, reserve } from "../../fleet/usage.ts";
import type { Belongings } from "./belongings.ts";
import type { SharedTask } from "./delta.ts";
import { applyTask } from "./mirror.ts";
import { dropTasks, listSharedTasks } from "./shared-tasks.ts";

/** All there is of one customer; slots and tokens with the milliseconds that are left, all else by Redis' clock. Keys are those of fleet/ids.ts. */
export interface Snapshot {
  readonly life: string;
  /** The last change that is in all of it; of later ones, some are. */
  readonly seq: number;
  readonly groups: readonly SnapshotGroup[];
  readonly bans: readonly (readonly [ban: string, ends: string, target: string])[];
  readonly tasks: readonly (readonly [id: string, since: string, task: string])[];
}

type SnapshotGroup = readonly [
  group: string,
  server: string,
  tokenMs: number,
  rooms: readonly SnapshotRoom[] | Record<string, never>,
];

/** A room with its peers, -1 where no report lists it, and users with the milliseconds that they hold a slot for. */
type SnapshotRoom = readonly [room: string, peers: number, ...slots: (string | number)[]];

/** Reads all there is of a customer in parts of about `count` entries; nothing if there is nothing. */
export async function readSnapshot(
  read: (what: "groups" | "bans" | "tasks", cursor: string, count: number) => Promise<readonly string[]>,
  count = PART,
): Promise<Snapshot | undefined> {
  const begun = await readAll<SnapshotGroup>("groups");
  if (!begun) return undefined;
  const [bans, tasks] = [
    await readAll<Snapshot["bans"][number]>("bans"),
    await readAll<Snapshot["tasks"][number]>("tasks"),
  ];
  // It ended in between, or another life began: what was read is of no use.
  if (bans?.life !== begun.life || tasks?.life !== begun.life) return await readSnapshot(read, count);
  return { life: begun.life, seq: begun.seq, groups: begun.entries, bans: bans.entries, tasks: tasks.entries };

  async function readAll<T>(what: "groups" | "bans" | "tasks") {
    const entries: T[] = [];
    let first: { readonly life: string; readonly seq: number } | undefined;
    let cursor = "0";
    do {
      const [word, life = "", seq = "", next = "0", part = "[]"] = await read(what, cursor, count);
      if (word !== "ok") return undefined;
      first ??= { life, seq: Number(seq) };
      if (first.life !== life) return { ...first, life: "", entries };
      for (const entry of JSON.parse(part) as T[]) entries.push(entry);
      cursor = next;
    } while (cursor !== "0");
    return { ...first, entries };
  }
}

/** Entries in a part: a script with so many takes Redis a few milliseconds. */
const PART = 500;

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
  for (const snapshotGroup of snapshot.groups) {
    const [key, serverId, tokenMs] = snapshotGroup;
    const server = fleet.servers.get(serverId as ServerId);
    const [pool, namespace, tag] = splitKey(key) ?? ["", "", ""];
    if (!server) continue;
    kept.add(key);
    const group = adoptBinding(fleet, { pool, namespace, tag }, server);
    if (tokenMs > 0) keepBinding(fleet, group, now + tokenMs);
    const found = roomsIn(snapshotGroup);
    const listings = found.map(([room, peers]) => ({
      name: splitKey(room)?.[2] ?? "",
      customer,
      peers: peers < 0 ? undefined : peers,
    }));
    // What it does not have is not there: listed by nobody, and held by nobody.
    const names = new Set(listings.map(({ name }) => name));
    const gone = roomsOf(group).filter(({ usage, name }) => usage.customer === customer && !names.has(name));
    for (const room of gone) dropOtherSlots(room, new Set());
    adoptListings(fleet, group, [...listings, ...gone.map(({ name }) => ({ name, customer, peers: undefined }))], now);
    for (const [room, , ...slots] of found) adoptSlots(fleet, customer, room, toUsers(slots), now);
  }
  for (const group of before?.groups ?? []) if (group.slot >= 0 && !kept.has(toKeyOf(group))) dropGroup(fleet, group);
  adoptBans(fleet, snapshot, before, now, offsetMs);
  adoptTasks(fleet, customer, snapshot, now);
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
  if (known) dropOtherSlots(known, new Set(users.keys()));
  if (known && users.size === 0) recount(fleet, known);
  if (!group || users.size === 0) return;
  const room = openRoom(fleet, group, { name, customer }, now);
  attributeRoom(fleet, room, customer);
  const pendingMs = pendingTimeout(fleet, group.server);
  for (const [user, leftMs] of users) reserve(fleet, room, user, now + leftMs, now + Math.min(leftMs, pendingMs));
  recount(fleet, room);
}

/** The rooms of a group: Lua has no empty list. */
export function roomsIn([, , , rooms]: SnapshotGroup): readonly SnapshotRoom[] {
  return Array.isArray(rooms) ? (rooms as readonly SnapshotRoom[]) : [];
}

/** Users and the milliseconds of their slots, of a list in which they take turns. */
export function toUsers(slots: readonly (string | number)[]): Map<string, number> {
  const users = new Map<string, number>();
  for (let i = 0; i + 1 < slots.length; i += 2) users.set(String(slots[i]), Number(slots[i + 1]));
  return users;
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
  for (const [id, , task] of new Map(tasks.map((task) => [task[0], task])).values())
    if (!known.has(id)) applyTask(fleet, customer, id, JSON.parse(task) as SharedTask, now);
}
