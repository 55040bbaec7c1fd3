import type { Ban } from "./ban.ts";
import { type GroupKey, type RoomName, type ServerId, toTagKey } from "./ids.ts";
import { createNotedGroups, forgetRow, isTold, type NotedGroups, note, takeGroups } from "./noted-groups.ts";
import type { Group } from "./room.ts";
import type { Fleet, Server } from "./state.ts";
import type { QueuedTask, TaskId } from "./tasks.ts";

/** Identity of a ban: of a room, or of a user in it. */
export type BanKey = string & { readonly __brand: "BanKey" };

/**
 * What has changed and is worth keeping over a restart, by key: the thing itself, to be read when it is written down, or
 * nothing where it is gone.
 */
export interface Changes<Groups = NotedGroups> {
  /** Whether this is all there is, and whatever else was kept is to be forgotten. */
  readonly isEverything: boolean;
  readonly servers: Map<ServerId, Server | undefined>;
  /** Servers that list other rooms than before, or other peers in them. */
  readonly listings: Map<ServerId, Server | undefined>;
  readonly groups: Groups;
  /** Rows of groups of which nothing is to be kept any more. */
  readonly goneRows: Set<number>;
  readonly bans: Map<BanKey, Ban | undefined>;
  readonly tasks: Map<TaskId, QueuedTask | undefined>;
  /** Until when (epoch milliseconds) what was due has ended, if that is to be written. */
  endedUntil: number | undefined;
}

/** How much one write may hold. */
export interface WriteLimits {
  readonly groups: number;
  /** Rooms in listings; the first listing may have more. */
  readonly listedRooms: number;
}

/** All that there is. */
export const UNLIMITED: WriteLimits = { groups: Number.POSITIVE_INFINITY, listedRooms: Number.POSITIVE_INFINITY };

/** What one transition has changed of groups. */
export interface Touched {
  readonly groups: Set<Group>;
  /** Where groups were bound before that were moved. */
  readonly movedFrom: Map<Group, ServerId>;
}

/** Creates a record of no changes. */
export function createChanges(groups: NotedGroups = createNotedGroups()): Changes {
  return {
    isEverything: false,
    servers: new Map(),
    listings: new Map(),
    groups,
    goneRows: new Set(),
    bans: new Map(),
    tasks: new Map(),
    endedUntil: undefined,
  };
}

/** All there is to keep, whatever of it has changed. */
export function listEverything(fleet: Fleet): Changes<readonly Group[]> {
  const bans = [...fleet.bans.values()].flatMap(({ room, users }) => [...(room ? [room] : []), ...users.values()]);
  const tasks = [...fleet.servers.values()].flatMap(({ queue }) => [...queue.sent, ...queue.waiting]);
  return {
    isEverything: true,
    servers: new Map(fleet.servers),
    listings: new Map(fleet.servers),
    groups: [...fleet.servers.values()].flatMap(({ groups }) => [...groups].filter((group) => !isTold(group))),
    goneRows: new Set(),
    bans: new Map(bans.map((ban) => [toBanKey(ban.bans.name, ban.user), ban])),
    tasks: new Map(tasks.map((task) => [task.id, task])),
    endedUntil: fleet.advancedAt,
  };
}

/** Has everything written anew, as if it had changed. */
export function markEverything(fleet: Fleet): void {
  dropChanges(fleet);
  const everything = listEverything(fleet);
  const groups = createNotedGroups();
  for (const group of everything.groups) note(fleet, groups, group);
  fleet.changes = { ...everything, groups };
}

/** Changes that there may be before those of things that have come and gone are dropped. */
const MIN_BOUND = 10_000;

/** Bounds the changes by what there is: where they cannot be kept for hours, most are of things that are long gone. */
export function boundChanges(fleet: Fleet): void {
  let things = fleet.servers.size + fleet.groups.size;
  for (const { bans } of fleet.usages.values()) things += bans;
  for (const { queue } of fleet.servers.values()) things += queue.sent.length + queue.waiting.length;
  if (countChanges(fleet.changes) > MIN_BOUND + 2 * things) markEverything(fleet);
}

/** Takes note that the group is somewhere else, or has another room that no server lists. */
export function noteGroup(fleet: Fleet, group: Group): void {
  touch(fleet, group);
  note(fleet, fleet.changes.groups, group);
}

/**
 * Takes note of what changes often: who is on the way to the rooms of the group. A lobby to which thousands are would have to be
 * written with all of them for each of them.
 */
export function noteTraffic(fleet: Fleet, group: Group): void {
  touch(fleet, group);
  if (group.kept?.notedIn !== fleet.changes.groups) note(fleet, fleet.busyGroups, group);
}

/**
 * Takes note that something of the group has ended at its time. That time is kept, so that its row need not be written for it, but
 * only, for all of them, until when they have ended.
 */
export function noteEnd(fleet: Fleet, group: Group): void {
  if (!group.kept) return;
  fleet.endedAt = fleet.advancedAt;
  if (isTold(group)) noteTraffic(fleet, group);
}

/** Has what changes often kept as well, with whatever is taken out next. */
export function includeTraffic(fleet: Fleet): void {
  const { busyGroups, changes } = fleet;
  for (const group of takeGroups(busyGroups, Number.POSITIVE_INFINITY)) note(fleet, changes.groups, group);
  changes.endedUntil = fleet.endedAt ?? changes.endedUntil;
  fleet.endedAt = undefined;
}

/** Takes note that the server lists other rooms than before, or other peers in them. */
export function noteListing({ changes }: Fleet, server: Server): void {
  changes.listings.set(server.id, server);
}

/** Takes note of a transition that changes something of the group which the listing of its server tells, or nothing that is kept. */
export function touch({ touched }: Fleet, group: Group): void {
  touched?.groups.add(group);
}

/** Takes note that the group is gone. */
export function noteGroupGone(fleet: Fleet, group: Group): void {
  fleet.touched?.groups.delete(group);
  forgetRow(fleet.changes.goneRows, group);
}

/** Takes note that the group was bound to another server. */
export function noteMove({ touched }: Fleet, group: Group, from: ServerId): void {
  if (touched && !touched.movedFrom.has(group)) touched.movedFrom.set(group, from);
}

/** Key of the group, whichever server it is bound to. */
export function toKeyOf({ space, tag }: Group): GroupKey {
  return toTagKey(space.pool, space.namespace, tag);
}

/** Number of things that changed; that whatever else was kept is gone is one too, and so is that something has ended. */
export function countChanges(changes: Changes): number {
  const { isEverything, servers, listings, groups, goneRows, bans, tasks, endedUntil } = changes;
  return (
    Number(isEverything) +
    Number(endedUntil !== undefined) +
    servers.size +
    listings.size +
    groups.size +
    goneRows.size +
    bans.size +
    tasks.size
  );
}

/** Takes out what has changed since the last call; of groups and listings no more than that, those that changed first. */
export function takeChanges(fleet: Fleet, limits = UNLIMITED): Changes<readonly Group[]> {
  const { changes } = fleet;
  const { groups: maxGroups, listedRooms } = changes.isEverything ? UNLIMITED : limits;
  const taken = takeGroups(changes.groups, maxGroups);
  for (const group of taken) if (isTold(group)) forgetRow(changes.goneRows, group);
  const groups = taken.filter((group) => group.kept);
  const listings = takeListings(changes.listings, listedRooms);
  // Not before the groups whose slots were held longer meanwhile, which would seem to have ended.
  const [endedUntil, later] =
    changes.groups.size === 0 ? [changes.endedUntil, undefined] : [undefined, changes.endedUntil];
  fleet.changes = { ...createChanges(changes.groups), listings: changes.listings, endedUntil: later };
  return { ...changes, groups, listings, endedUntil };
}

function takeListings(listings: Changes["listings"], maxRooms: number): Changes["listings"] {
  const taken: Changes["listings"] = new Map();
  let rooms = 0;
  for (const [id, server] of listings) {
    if (rooms >= maxRooms) break;
    listings.delete(id);
    taken.set(id, server);
    rooms += server?.standing.rooms ?? 0;
  }
  return taken;
}

/** Forgets what has changed, as nobody keeps it. */
export function dropChanges(fleet: Fleet): void {
  if (fleet.busyGroups.size > 0 || fleet.endedAt !== undefined) includeTraffic(fleet);
  if (countChanges(fleet.changes) > 0) takeChanges(fleet);
}

/** Puts changes back that could not be kept; what changed again meanwhile is newer. */
export function putChangesBack(fleet: Fleet, changes: Changes<readonly Group[]>): void {
  // Then all of it that is there still is to be written anyhow, and what is gone since is not.
  if (fleet.changes.isEverything) return;
  fleet.changes = { ...fleet.changes, isEverything: changes.isEverything };
  putBack(fleet.changes.servers, changes.servers);
  putBack(fleet.changes.listings, changes.listings);
  for (const row of changes.goneRows) fleet.changes.goneRows.add(row);
  for (const group of changes.groups) if (group.kept) note(fleet, fleet.changes.groups, group);
  putBack(fleet.changes.bans, changes.bans);
  putBack(fleet.changes.tasks, changes.tasks);
  fleet.changes.endedUntil ??= changes.endedUntil;
}

/** Key of the ban on the room of that name, or on the user in it. */
export function toBanKey(room: RoomName, user: string | undefined): BanKey {
  return (user === undefined ? room : `${room}+${user}`) as BanKey;
}

function putBack<K, V>(newer: Map<K, V>, older: ReadonlyMap<K, V>): void {
  for (const [key, value] of older) if (!newer.has(key)) newer.set(key, value);
}

/** Runs a transition, and says which groups it touched. */
export function runTouching<T>(fleet: Fleet, transition: () => T): { readonly result: T; readonly touched: Touched } {
  const touched = { groups: new Set<Group>(), movedFrom: new Map<Group, ServerId>() };
  fleet.touched = touched;
  try {
    return { result: transition(), touched };
  } finally {
    fleet.touched = undefined;
  }
}
