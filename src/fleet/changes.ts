import type { Ban } from "./ban.ts";
import { type GroupKey, type RoomName, type ServerId, toTagKey } from "./ids.ts";
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
  readonly groups: Groups;
  /** Keys of groups that are gone; one may be back, and is among the groups then. */
  readonly goneGroups: Set<GroupKey>;
  readonly bans: Map<BanKey, Ban | undefined>;
  readonly tasks: Map<TaskId, QueuedTask | undefined>;
}

/**
 * Groups of which something is to be kept, in the order in which that began: each group knows in which list it is. There are
 * tens of thousands a second in a large fleet, and a `Set` that grows to that takes a megabyte each time.
 */
export interface NotedGroups {
  /** An entry stands for something while its group is in this list; the second one for the same group does not. */
  entries: Group[];
  size: number;
}

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
    groups,
    goneGroups: new Set(),
    bans: new Map(),
    tasks: new Map(),
  };
}

/** Creates an empty list. */
export function createNotedGroups(): NotedGroups {
  return { entries: [], size: 0 };
}

/** All there is to keep, whatever of it has changed. */
export function listEverything(fleet: Fleet): Changes<readonly Group[]> {
  const bans = [...fleet.bans.values()].flatMap(({ room, users }) => [...(room ? [room] : []), ...users.values()]);
  const tasks = [...fleet.servers.values()].flatMap(({ queue }) => [...queue.sent, ...queue.waiting]);
  return {
    isEverything: true,
    servers: new Map(fleet.servers),
    groups: [...fleet.servers.values()].flatMap(({ groups }) => [...groups]),
    goneGroups: new Set(),
    bans: new Map(bans.map((ban) => [toBanKey(ban.bans.name, ban.user), ban])),
    tasks: new Map(tasks.map((task) => [task.id, task])),
  };
}

/** Has everything written anew, as if it had changed. */
export function markEverything(fleet: Fleet): void {
  const everything = listEverything(fleet);
  const groups = createNotedGroups();
  for (const group of everything.groups) note(groups, group);
  fleet.busyGroups = createNotedGroups();
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

/** Takes note that the group is somewhere else, or has another room. */
export function noteGroup(fleet: Fleet, group: Group): void {
  fleet.touched?.groups.add(group);
  note(fleet.changes.groups, group);
}

/**
 * Takes note of what changes often: who is in the rooms of the group, or on the way. A lobby to which thousands are on the
 * way would have to be written with all of them for each of them.
 */
export function noteTraffic(fleet: Fleet, group: Group): void {
  fleet.touched?.groups.add(group);
  if (group.notedIn !== fleet.changes.groups) note(fleet.busyGroups, group);
}

/** Has what changes often kept as well, with whatever is taken out next. */
export function includeTraffic(fleet: Fleet): void {
  const { busyGroups, changes } = fleet;
  for (const group of busyGroups.entries) if (group.notedIn === busyGroups) note(changes.groups, group);
  busyGroups.entries = [];
}

/** Takes note that the group is gone. */
export function noteGroupGone(fleet: Fleet, group: Group): void {
  fleet.touched?.groups.delete(group);
  note(undefined, group);
  fleet.changes.goneGroups.add(toKeyOf(group));
}

/** Takes note that the group was bound to another server. */
export function noteMove({ touched }: Fleet, group: Group, from: ServerId): void {
  if (touched && !touched.movedFrom.has(group)) touched.movedFrom.set(group, from);
}

/** Puts the group into the list, and takes it out of the one in which it is. */
function note(list: NotedGroups | undefined, group: Group): void {
  const { notedIn } = group;
  if (notedIn === list) return;
  if (notedIn) notedIn.size--;
  group.notedIn = list;
  if (!list) return;
  list.entries.push(group);
  list.size++;
}

/** Key under which the group is kept. */
export function toKeyOf({ space, tag }: Group): GroupKey {
  return toTagKey(space.pool, space.namespace, tag);
}

/** Number of things that changed. */
export function countChanges({ servers, groups, goneGroups, bans, tasks }: Changes): number {
  return servers.size + groups.size + goneGroups.size + bans.size + tasks.size;
}

/** Takes out what has changed since the last call; of groups at most so many, those that changed first. */
export function takeChanges(fleet: Fleet, maxGroups = Number.POSITIVE_INFINITY): Changes<readonly Group[]> {
  const { changes } = fleet;
  const groups = takeGroups(changes.groups, changes.isEverything ? Number.POSITIVE_INFINITY : maxGroups);
  fleet.changes = createChanges(changes.groups);
  return { ...changes, groups };
}

function takeGroups(list: NotedGroups, max: number): Group[] {
  const taken: Group[] = [];
  let seen = 0;
  for (const group of list.entries) {
    if (taken.length === max) break;
    seen++;
    if (group.notedIn !== list) continue;
    note(undefined, group);
    taken.push(group);
  }
  list.entries = list.entries.slice(seen);
  return taken;
}

/** Forgets what has changed, as nobody keeps it. */
export function dropChanges(fleet: Fleet): void {
  if (countChanges(fleet.changes) > 0) takeChanges(fleet);
  if (fleet.busyGroups.entries.length > 0) takeGroups(fleet.busyGroups, Number.POSITIVE_INFINITY);
}

/** Puts changes back that could not be kept; what changed again meanwhile is newer. */
export function putChangesBack(fleet: Fleet, changes: Changes<readonly Group[]>): void {
  fleet.changes = { ...fleet.changes, isEverything: fleet.changes.isEverything || changes.isEverything };
  putBack(fleet.changes.servers, changes.servers);
  for (const key of changes.goneGroups) fleet.changes.goneGroups.add(key);
  for (const group of changes.groups) if (group.slot >= 0) note(fleet.changes.groups, group);
  putBack(fleet.changes.bans, changes.bans);
  putBack(fleet.changes.tasks, changes.tasks);
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
