import { hashTag } from "./ids.ts";
import type { Group, Room, Space } from "./room.ts";
import type { Fleet, Server } from "./state.ts";

/** The rooms of a namespace in a pool, if any are bound. */
export function findSpace(fleet: Fleet, pool: string, namespace: string): Space | undefined {
  return fleet.spaces.get(pool)?.get(namespace);
}

/** The group that a room belongs to, if that is bound to a server. */
export function findGroup(fleet: Fleet, pool: string, namespace: string, room: string): Group | undefined {
  return findTagged(fleet, pool, namespace, hashTag(room));
}

/** The group of that hash tag, if it is bound to a server. */
export function findTagged(fleet: Fleet, pool: string, namespace: string, tag: string): Group | undefined {
  const space = findSpace(fleet, pool, namespace);
  return space && fleet.groups.find(space, tag);
}

/** The namespace's rooms in the pool, of which there may be none yet. */
export function findOrCreateSpace(fleet: Fleet, pool: string, namespace: string): Space {
  const known = findSpace(fleet, pool, namespace);
  return known ?? { pool, namespace, hash: fleet.groups.toHash(pool, namespace), groups: 0 };
}

/** The room, if it is hosted. */
export function findRoom(fleet: Fleet, pool: string, namespace: string, room: string): Room | undefined {
  const group = findGroup(fleet, pool, namespace, room);
  return group && findRoomIn(group, room);
}

/** Enters a group that its namespace does not have yet. */
export function addGroup(fleet: Fleet, group: Group): void {
  const { space } = group;
  if (space.groups++ === 0) addSpace(fleet, space);
  fleet.groups.add(group);
}

/** Takes a group out, and its namespace if that was the last one. */
export function removeGroup(fleet: Fleet, group: Group): void {
  const { space } = group;
  if (!fleet.groups.remove(group)) return;
  if (--space.groups === 0) removeSpace(fleet, space);
}

/** By pool and then by namespace: a key of both would have to be put together for every look. */
function addSpace({ spaces }: Fleet, space: Space): void {
  const inPool = spaces.get(space.pool) ?? new Map<string, Space>();
  spaces.set(space.pool, inPool.set(space.namespace, space));
}

function removeSpace({ spaces }: Fleet, { pool, namespace }: Space): void {
  const inPool = spaces.get(pool);
  inPool?.delete(namespace);
  if (inPool?.size === 0) spaces.delete(pool);
}

/** The room of the group that has this name. */
export function findRoomIn({ rooms }: Group, name: string): Room | undefined {
  if (rooms instanceof Map) return rooms.get(name);
  return rooms?.name === name ? rooms : undefined;
}

/** The rooms of the group, as they are now. */
export function roomsOf({ rooms }: Group): readonly Room[] {
  if (rooms === undefined) return [];
  return rooms instanceof Map ? [...rooms.values()] : [rooms];
}

/** The rooms that are bound to the server, as they are now. */
export function roomsBoundTo({ groups }: Server): Room[] {
  return [...groups].flatMap(roomsOf);
}

/** Enters a room that the group does not have yet. */
export function addRoom(fleet: Fleet, group: Group, room: Room): void {
  const { rooms } = group;
  if (rooms === undefined) group.rooms = room;
  else if (rooms instanceof Map) rooms.set(room.name, room);
  else
    group.rooms = new Map([
      [rooms.name, rooms],
      [room.name, room],
    ]);
  fleet.roomCount++;
}

/** Takes a room out of its group. */
export function removeRoom(fleet: Fleet, room: Room): void {
  const { group } = room;
  if (group.rooms instanceof Map) {
    group.rooms.delete(room.name);
    if (group.rooms.size === 1) [group.rooms] = group.rooms.values();
  } else group.rooms = undefined;
  fleet.roomCount--;
}
