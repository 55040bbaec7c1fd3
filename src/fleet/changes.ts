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
export interface Changes {
  /** Whether this is all there is, and whatever else was kept is to be forgotten. */
  readonly isEverything: boolean;
  readonly servers: Map<ServerId, Server | undefined>;
  readonly groups: Set<Group>;
  /** Keys of groups that are gone; one may be back, and is among the groups then. */
  readonly goneGroups: Set<GroupKey>;
  readonly bans: Map<BanKey, Ban | undefined>;
  readonly tasks: Map<TaskId, QueuedTask | undefined>;
  /** Where groups were bound before that were moved. */
  readonly movedFrom: Map<Group, ServerId>;
}

/** Creates a record of no changes. */
export function createChanges(): Changes {
  return {
    isEverything: false,
    servers: new Map(),
    groups: new Set(),
    goneGroups: new Set(),
    bans: new Map(),
    tasks: new Map(),
    movedFrom: new Map(),
  };
}

/** Has everything written anew, as if it had changed. */
export function markEverything(fleet: Fleet): void {
  const bans = [...fleet.bans.values()].flatMap(({ room, users }) => [...(room ? [room] : []), ...users.values()]);
  const tasks = [...fleet.servers.values()].flatMap(({ queue }) => [...queue.sent, ...queue.waiting]);
  fleet.busyGroups = new Set();
  fleet.changes = {
    isEverything: true,
    servers: new Map(fleet.servers),
    groups: new Set([...fleet.servers.values()].flatMap(({ groups }) => [...groups])),
    goneGroups: new Set(),
    bans: new Map(bans.map((ban) => [toBanKey(ban.bans.name, ban.user), ban])),
    tasks: new Map(tasks.map((task) => [task.id, task])),
    movedFrom: new Map(),
  };
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
  fleet.changes.groups.add(group);
  fleet.busyGroups.delete(group);
}

/**
 * Takes note of what changes often: who is in the rooms of the group, or on the way. A lobby to which thousands are on the
 * way would have to be written with all of them for each of them.
 */
export function noteTraffic(fleet: Fleet, group: Group): void {
  if (!fleet.changes.groups.has(group)) fleet.busyGroups.add(group);
}

/** Has what changes often kept as well, with whatever is taken out next. */
export function includeTraffic(fleet: Fleet): void {
  for (const group of fleet.busyGroups) fleet.changes.groups.add(group);
  fleet.busyGroups = new Set();
}

/** Takes note that the group is gone. */
export function noteGroupGone(fleet: Fleet, group: Group): void {
  fleet.changes.groups.delete(group);
  fleet.busyGroups.delete(group);
  fleet.changes.goneGroups.add(toKeyOf(group));
}

/** Takes note that the group was bound to another server. */
export function noteMove({ changes }: Fleet, group: Group, from: ServerId): void {
  if (!changes.movedFrom.has(group)) changes.movedFrom.set(group, from);
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
export function takeChanges(fleet: Fleet, maxGroups = Number.POSITIVE_INFINITY): Changes {
  const { changes } = fleet;
  if (countChanges(changes) === 0) return changes;
  fleet.changes = createChanges();
  if (changes.isEverything || changes.groups.size <= maxGroups) return changes;
  const groups = new Set<Group>();
  for (const group of changes.groups) {
    if (groups.size === maxGroups) break;
    groups.add(group);
    changes.groups.delete(group);
  }
  fleet.changes = { ...fleet.changes, groups: changes.groups };
  return { ...changes, groups };
}

/** Forgets what has changed, as nobody keeps it. */
export function dropChanges(fleet: Fleet): void {
  takeChanges(fleet);
  if (fleet.busyGroups.size > 0) fleet.busyGroups = new Set();
}

/** Puts changes back that could not be kept; what changed again meanwhile is newer. */
export function putChangesBack(fleet: Fleet, changes: Changes): void {
  fleet.changes = { ...fleet.changes, isEverything: fleet.changes.isEverything || changes.isEverything };
  putBack(fleet.changes.servers, changes.servers);
  for (const key of changes.goneGroups) fleet.changes.goneGroups.add(key);
  for (const group of changes.groups) if (group.slot >= 0) fleet.changes.groups.add(group);
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

/** Runs a transition, and says what it changed; traffic among it. What had changed before stays on record, as does this. */
export function runApart<T>(fleet: Fleet, transition: () => T): { readonly result: T; readonly changes: Changes } {
  const { changes: before, busyGroups } = fleet;
  fleet.changes = createChanges();
  fleet.busyGroups = new Set();
  try {
    const result = transition();
    return { result, changes: { ...fleet.changes, groups: new Set([...fleet.changes.groups, ...fleet.busyGroups]) } };
  } finally {
    for (const group of busyGroups) if (!fleet.changes.groups.has(group)) fleet.busyGroups.add(group);
    putChangesBack(fleet, before);
  }
}
