import { takeCensus } from "../../src/fleet/census.ts";
import { isTold } from "../../src/fleet/noted-groups.ts";
import { countReservations, reservationsOf } from "../../src/fleet/reservations.ts";
import type { Group, Room } from "../../src/fleet/room.ts";
import { findRoomIn, roomsBoundTo, roomsOf } from "../../src/fleet/spaces.ts";
import { isGrowing } from "../../src/fleet/standing.ts";
import type { Fleet, Server } from "../../src/fleet/state.ts";
import { takeTotals } from "../../src/fleet/totals.ts";
import type { Shown } from "../store/sum-up-usage.ts";

/** What of all that a fleet holds of its rooms does not fit together, or does not fit what servers have shown. */
export function findFaults(fleet: Fleet, shown: Shown): string[] {
  const faults: string[] = [];
  const compare = (what: string, found: unknown, expected: unknown) => {
    if (found !== expected) faults.push(`${what}: ${found}, not ${expected}`);
  };
  const servers = [...fleet.servers.values()];
  const groups = servers.flatMap((server) => [...server.groups]);
  const rooms = groups.flatMap(roomsOf);
  compare("groups", fleet.groups.size, groups.length);
  compare(
    "groups of all namespaces",
    sum(
      [...fleet.spaces.values()].flatMap((inPool) => [...inPool.values()]),
      (space) => space.groups,
    ),
    groups.length,
  );
  compare("rooms", fleet.roomCount, rooms.length);
  const lost = groups.filter((group) => !isBoundOnce(servers, group) || !isFound(fleet, group));
  compare("groups of several servers, or that are not found", lost.map(({ tag }) => tag).join(), "");
  compare("rooms that are not found", rooms.filter((room) => findRoomIn(room.group, room.name) !== room).length, 0);
  for (const server of servers) {
    const { endpoint, standing, phase } = server;
    const listed = toListed(server);
    compare(`what ${endpoint} lists`, toText(listed), toText([...(shown.get(endpoint) ?? [])]));
    compare(`rooms that ${endpoint} lists`, server.listed.rooms, listed.length);
    compare(
      `peers that ${endpoint} lists`,
      server.listed.peers,
      sum(listed, ([, peers]) => peers),
    );
    // What placement adds up step by step is the sum over the rooms.
    const hosted = roomsBoundTo(server);
    compare(`rooms on ${endpoint}`, standing.rooms, hosted.length);
    compare(
      `peers on ${endpoint}`,
      standing.peers,
      sum(hosted, ({ peers }) => peers),
    );
    compare(`pending on ${endpoint}`, standing.pending, sum(hosted, countPending));
    const lacking = sum(hosted, ({ traffic }) => traffic?.lacking ?? 0);
    if (!(Math.abs(standing.lacking - lacking) < 5e-7)) compare(`lacking on ${endpoint}`, standing.lacking, lacking);
    compare(`whether ${endpoint} has a place to be picked from`, standing.places.length > 0, phase === "enabled");
    compare(`growing rooms on ${endpoint}`, standing.young, hosted.filter(isGrowing).length);
    // A room that nobody is on the way to, and that does not grow, carries nothing with it.
    const isMoving = (room: Room) =>
      isGrowing(room) || (room.traffic !== undefined && countReservations(room.traffic) > 0);
    const wrong = hosted.filter((room) => (room.traffic !== undefined) !== isMoving(room));
    compare(`rooms on ${endpoint} that carry traffic without need, or lack it`, wrong.length, 0);
  }
  const unheld = rooms.filter(({ traffic }) => traffic && reservationsOf(traffic).some(({ isHeld }) => !isHeld));
  compare("rooms with slots that say they are not held", unheld.length, 0);
  faults.push(...findKeptFaults(fleet));
  const totals = takeTotals(fleet);
  const census = takeCensus(fleet, fleet.advancedAt);
  for (const figure of ["rooms", "peers", "clients", "pending", "tasksWaiting"] as const)
    compare(
      `${figure} in total`,
      totals[figure],
      sum(census.servers, (server) => server[figure]),
    );
  for (const [state, count] of Object.entries(totals.servers))
    compare(`servers that are ${state}`, count, census.servers.filter((server) => server.state === state).length);
  return faults;
}

/** What does not fit together of the groups that are kept, or are to be. */
export function findKeptFaults(fleet: Fleet): string[] {
  const faults: string[] = [];
  const { changes, busyGroups, servers } = fleet;
  const lists = [changes.groups, busyGroups];
  const groups = [...servers.values()].flatMap((server) => [...server.groups]);
  const rows = groups.flatMap(({ kept }) => (kept ? [kept.row] : []));
  if (new Set(rows).size !== rows.length) faults.push(`a row of two groups: ${rows}`);
  for (const list of lists) {
    const noted = groups.filter(({ kept }) => kept?.notedIn === list);
    if (noted.length !== list.size) faults.push(`${list.size} noted groups, not ${noted.length}`);
  }
  for (const group of groups) {
    const { tag, kept } = group;
    if (!kept && !isTold(group)) faults.push(`${tag} has to be kept, and is not`);
    if (kept?.notedIn && !lists.includes(kept.notedIn)) faults.push(`${tag} is in a list that nobody takes`);
    if (kept && !kept.notedIn && isTold(group)) faults.push(`${tag} is kept for nothing`);
  }
  return faults;
}

/** A group is bound to one server, in whose list it has its place. */
function isBoundOnce(servers: readonly Server[], group: Group): boolean {
  const holders = servers.filter(({ groups }) => [...groups].includes(group));
  return holders.length === 1 && holders[0] === group.server && [...group.server.groups][group.slot] === group;
}

/** It is found by its name, and its namespace too. */
function isFound({ groups, spaces }: Fleet, group: Group): boolean {
  const { space, tag } = group;
  return groups.find(space, tag) === group && spaces.get(space.pool)?.get(space.namespace) === space;
}

/** The rooms of a server's last report are its own or strays, each with the peers that were shown. */
function toListed(server: Server): (readonly [name: string, peers: number])[] {
  const own = roomsBoundTo(server).filter(({ listedIn }) => listedIn > 0);
  return [...own, ...server.strays.values()].map(({ name, peers }) => [name, peers]);
}

function toText(listed: readonly (readonly [string, number])[]): string {
  return listed
    .map(([name, peers]) => `${name} ${peers}`)
    .sort()
    .join(", ");
}

function countPending({ traffic }: Room): number {
  return (traffic ? reservationsOf(traffic) : []).filter(({ isPending }) => isPending).length;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
