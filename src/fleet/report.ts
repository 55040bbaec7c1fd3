import { advance } from "./advance.ts";
import { refreshCandidate } from "./candidates.ts";
import { takeLoad } from "./client-cost.ts";
import { isClosing, noteEmptied } from "./drain.ts";
import { toServerRef } from "./events.ts";
import { toRoomName } from "./ids.ts";
import { activePhase, findOrCreateServer, scheduleServer, setPhase, setTags, silenceLimit } from "./servers.ts";
import type { Fleet, Server } from "./state.ts";
import { takeRooms } from "./take-rooms.ts";
import { type Task, takeTasks, toDuration } from "./tasks.ts";

/** A room in a server's report. */
export interface ReportedRoom {
  readonly namespace: string;
  readonly name: string;
  readonly customer: string;
  readonly peers: number;
  readonly ageMs: number;
}

/** What a server says of itself every few seconds. */
export interface Report {
  readonly pool: string;
  readonly endpoint: string;
  readonly version: string;
  /** 0 for idle, 1 for full; may exceed 1. */
  readonly load: number;
  readonly clients: number;
  readonly rooms: readonly ReportedRoom[];
  /** Tags of the user as whom the server calls. */
  readonly userTags?: readonly string[] | undefined;
  /** Tells the connection of this report from others; undefined if a proxy stands in between. */
  readonly connection: string | undefined;
  /** Tells the request from all others; undefined for a notification, to which no tasks can go back. */
  readonly exchange: number | undefined;
}

/**
 * Takes a server's report in and answers with the tasks it has to do. The server is eligible from this moment on.
 * Rooms of hash tags that are bound nowhere, or to a server that is not live, are bound to this one; if another live
 * server has them, one of the two keeps the whole group (see settle-contested.ts). What has not changed since the report
 * before costs a look and no more. `now` is in epoch milliseconds.
 */
export function takeReport(fleet: Fleet, report: Report, now: number): Task[] {
  advance(fleet, now);
  const server = findOrCreateServer(fleet, report.pool, report.endpoint, now);
  greet(fleet, server, report, now);
  const { refused, seen, joins } = takeRooms(fleet, server, report.rooms, now);
  const closing = isClosing(server, now) ? toCloseTasks(server, report.rooms) : refused;
  server.shown = { joins, seen };
  takeLoad(fleet, server, seen, joins);
  refreshCandidate(fleet, server, now);
  noteEmptied(fleet, server, now);
  const { connection, exchange, rooms } = report;
  const { maxQueuedTasks: maxTasks } = fleet.policy;
  const lateAfterMs = silenceLimit(fleet, server);
  const ageOf = createAgeIndex(rooms);
  return [...closing, ...takeTasks(fleet, server, { connection, exchange, ageOf, now, maxTasks, lateAfterMs })];
}

function greet(fleet: Fleet, server: Server, report: Report, now: number): void {
  const { version, load, clients, userTags = [] } = report;
  const { phase } = server;
  setTags(fleet, server, userTags, now);
  setPhase(fleet, server, activePhase(fleet, server));
  fleet.changes.servers.set(server.id, server);
  server.version = version;
  server.load = load;
  server.clients = clients;
  server.lastSeenAt = now;
  if (phase === "registered")
    fleet.events.push({ type: "server.added", server: toServerRef(server), keys: server.keys });
  scheduleServer(fleet, server);
}

/** A server whose time to drain is over is told to close all that it lists. */
function toCloseTasks({ reportIntervalMs }: Server, rooms: readonly ReportedRoom[]): Task[] {
  const ban_time = toDuration(reportIntervalMs);
  return rooms.map(({ namespace, name }) => ({ task: "RoomClose", id: [namespace, name], ban_time }));
}

/** Tells the ages of rooms of a report. Few reports are asked for one, so the index is made when it is. */
function createAgeIndex(rooms: readonly ReportedRoom[]): (id: Task["id"]) => number | undefined {
  let ages: Map<string, number> | undefined;
  return ([namespace, name]) => {
    ages ??= new Map(rooms.map((room) => [toRoomName(room.namespace, room.name), room.ageMs]));
    return ages.get(toRoomName(namespace, name));
  };
}
