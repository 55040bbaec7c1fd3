import { expect } from "bun:test";
import { toSpaceKey } from "../../src/fleet/ids.ts";
import { countReservations, reservationsOf } from "../../src/fleet/reservations.ts";
import type { Group, Room } from "../../src/fleet/room.ts";
import { findRoomIn, roomsBoundTo, roomsOf } from "../../src/fleet/spaces.ts";
import { isGrowing } from "../../src/fleet/standing.ts";
import type { Fleet, Server } from "../../src/fleet/state.ts";
import type { Shown } from "../store/sum-up-usage.ts";

/** Checks that all that a fleet holds of its rooms fits together, and fits what servers have shown. */
export function expectWhole(fleet: Fleet, shown: Shown): void {
  const groups = [...fleet.servers.values()].flatMap((server) => [...server.groups]);
  const rooms = groups.flatMap(roomsOf);
  for (const group of groups) expectBoundOnce(fleet, group);
  expect(fleet.groups.size).toBe(groups.length);
  const spaces = [...fleet.spaces.values()];
  expect(spaces.reduce((sum, space) => sum + space.groups, 0)).toBe(groups.length);
  expect(fleet.roomCount).toBe(rooms.length);
  for (const room of rooms) expect(findRoomIn(room.group, room.name)).toBe(room);
  for (const server of fleet.servers.values()) {
    expectListed(server, shown);
    expectStanding(server);
  }
}

function expectBoundOnce(fleet: Fleet, group: Group): void {
  const { space, tag, server } = group;
  expect(fleet.groups.find(space, tag)).toBe(group);
  expect(fleet.spaces.get(toSpaceKey(space.pool, space.namespace))).toBe(space);
  expect([...fleet.servers.values()].filter(({ groups }) => [...groups].includes(group))).toEqual([server]);
  expect([...server.groups][group.slot]).toBe(group);
}

/** The rooms of a server's last report are its own or strays, each with the peers that were shown. */
function expectListed(server: Server, shown: Shown): void {
  const rooms = roomsBoundTo(server).filter(({ listedIn }) => listedIn > 0);
  const listed = [...rooms, ...server.strays.values()].map(({ name, peers }) => [name, peers] as const);
  expect(new Map(listed)).toEqual(new Map(shown.get(server.endpoint)));
  expect(listed).toHaveLength(server.listed.rooms);
  expect(listed.reduce((sum, [, peers]) => sum + peers, 0)).toBe(server.listed.peers);
}

/** What placement adds up step by step is the sum over the rooms. */
function expectStanding(server: Server): void {
  const { standing, phase } = server;
  const rooms = roomsBoundTo(server);
  const sum = (of: (room: Room) => number) => rooms.reduce((total, room) => total + of(room), 0);
  const { rooms: count, peers, pending, lacking } = standing;
  expect({ rooms: count, peers, pending }).toEqual({
    rooms: rooms.length,
    peers: sum((room) => room.peers),
    pending: sum(({ traffic }) => (traffic ? reservationsOf(traffic) : []).filter(({ isPending }) => isPending).length),
  });
  expect(lacking).toBeCloseTo(
    sum((room) => room.traffic?.lacking ?? 0),
    6,
  );
  expect(standing.places.length > 0).toBe(phase === "enabled");
  expect(standing.young).toBe(rooms.filter(isGrowing).length);
  // A room that nobody is on the way to, and that does not grow, carries nothing with it.
  for (const room of rooms) {
    const isMoving = isGrowing(room) || (room.traffic !== undefined && countReservations(room.traffic) > 0);
    expect(room.traffic !== undefined).toBe(isMoving);
  }
}
