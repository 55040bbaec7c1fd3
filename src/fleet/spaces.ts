import { hashTag, toSpaceKey } from "./ids.ts";
import type { Group, Room, Space } from "./room.ts";
import type { Fleet } from "./state.ts";

/** The rooms of a namespace in a pool, if any are bound. */
export function findSpace(fleet: Fleet, pool: string, namespace: string): Space | undefined {
  return fleet.spaces.get(toSpaceKey(pool, namespace));
}

/** The group that a room belongs to, if that is bound to a server. */
export function findGroup(fleet: Fleet, pool: string, namespace: string, room: string): Group | undefined {
  return findSpace(fleet, pool, namespace)?.groups.get(hashTag(room));
}

/** The room, if it is hosted. */
export function findRoom(fleet: Fleet, pool: string, namespace: string, room: string): Room | undefined {
  const group = findGroup(fleet, pool, namespace, room);
  return group && findRoomIn(group, room);
}

/** Enters a group that its namespace does not have yet. */
export function addGroup(fleet: Fleet, group: Group): void {
  const { space, tag } = group;
  if (space.groups.size === 0) fleet.spaces.set(toSpaceKey(space.pool, space.namespace), space);
  space.groups.set(tag, group);
  fleet.groupCount++;
}

/** Takes a group out, and its namespace if that was the last one. */
export function removeGroup(fleet: Fleet, { space, tag }: Group): void {
  if (space.groups.delete(tag)) fleet.groupCount--;
  if (space.groups.size === 0) fleet.spaces.delete(toSpaceKey(space.pool, space.namespace));
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
