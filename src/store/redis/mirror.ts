import { acceptAdmission } from "../../fleet/admit.ts";
import { adoptBinding, adoptListings, adoptServer, forgetStrays } from "../../fleet/adopt.ts";
import { advance } from "../../fleet/advance.ts";
import { setBan } from "../../fleet/bans.ts";
import { type ServerId, splitKey } from "../../fleet/ids.ts";
import { removeServer } from "../../fleet/servers.ts";
import { findGroup, findTagged, roomsOf } from "../../fleet/spaces.ts";
import type { Fleet, Server } from "../../fleet/state.ts";
import { createQueuedTask, enqueue } from "../../fleet/tasks.ts";
import { adoptGroup } from "./adopt-group.ts";
import {
  type AdmitDelta,
  type CustomerDelta,
  type MergeDelta,
  type RoomsDelta,
  type ServerDelta,
  type SharedTask,
  toSharedServer,
} from "./delta.ts";
import { dropTasks, dropUnsharedTasks, noteSentElsewhere } from "./shared-tasks.ts";

/**
 * Changes the fleet as a delta of the shared state says. The tasks in a gateway's replies were noted by itself: `isOwn` leaves
 * those out. What it told of a report it knew before, and slots were taken then; but what others did first came after that, and
 * is undone here. `offsetMs` is what the fleet's clock is ahead of Redis'.
 */
export function applyDelta(fleet: Fleet, delta: CustomerDelta, isOwn: boolean, now: number, offsetMs: number): void {
  advance(fleet, now);
  switch (delta.type) {
    case "admit":
      applyAdmission(fleet, delta, now);
      break;
    case "rooms":
      applyListings(fleet, delta, isOwn, now);
      break;
    case "call":
      if (delta.ban !== undefined) setBan(fleet, JSON.parse(delta.ban), Number(delta.ends) + offsetMs, now);
      for (const [id, task] of delta.tasks ?? []) applyTask(fleet, delta.customer, id, JSON.parse(task), now);
      break;
    case "tasks":
      if (isOwn) break;
      noteSentElsewhere(fleet, delta.sent ?? [], now);
      dropTasks(fleet, delta.done ?? []);
      break;
    case "merge":
      applyMerge(fleet, delta, now, offsetMs);
      break;
    case "gone":
      break;
  }
}

function applyMerge(fleet: Fleet, delta: CustomerDelta & MergeDelta, now: number, offsetMs: number): void {
  const { customer, groups = [], bans = [], tasks = [] } = delta;
  for (const group of groups) adoptGroup(fleet, customer, group, now);
  for (const [, ends, target] of bans) setBan(fleet, JSON.parse(target), Number(ends) + offsetMs, now);
  for (const [id, , task] of tasks) applyTask(fleet, customer, id, JSON.parse(task), now);
}

/** Changes the fleet by what another gateway says of a server. */
export function applyServer(fleet: Fleet, delta: ServerDelta, now: number): void {
  const { server: id, known, silent, figures } = delta;
  const shared = toSharedServer(known, silent, figures);
  if (shared && !fleet.policy.pools.includes(shared.known.pool)) return;
  if (shared) {
    const server = adoptServer(fleet, shared, now);
    if (shared.report) dropUnsharedTasks(fleet, server, now);
    return;
  }
  const server = fleet.servers.get(id as ServerId);
  if (server) removeServer(fleet, server, "operator");
}

/** Puts a task into the queue of the server that its room is bound to, be it that nobody is there at the moment. */
export function applyTask(
  fleet: Fleet,
  customer: string,
  id: string,
  { room: key, task, banMs }: SharedTask,
  now: number,
): void {
  const [pool, namespace, name] = splitKey(key) ?? ["", "", ""];
  const group = findGroup(fleet, pool, namespace, name);
  // A customer's state is read in parts: what was told meanwhile may be in one of them.
  const { sent, waiting } = group?.server.queue ?? { sent: [], waiting: [] };
  if (!group || [...sent, ...waiting].some(({ shared }) => shared?.id === id)) return;
  const banUntil = banMs === 0 ? 0 : now + banMs;
  const entry = { ...createQueuedTask(fleet, { name, group }, task, banUntil), shared: { customer, id } };
  enqueue(fleet, group.server, entry);
}

/** Binds groups to a server and sets the peers of their rooms. */
function applyListings(
  fleet: Fleet,
  { customer, server: serverId, groups }: CustomerDelta & RoomsDelta,
  isOwn: boolean,
  now: number,
): void {
  const server = findServer(fleet, serverId);
  if (!server) return;
  for (const [key, rooms, isVoid] of groups) {
    const [pool, namespace, tag] = splitKey(key) ?? ["", "", ""];
    const before = findTagged(fleet, pool, namespace, tag)?.server ?? server;
    const group = adoptBinding(fleet, { pool, namespace, tag }, server, isVoid);
    const listings = rooms.map(([room, peers]) => ({
      name: splitKey(room)?.[2] ?? "",
      customer,
      peers: peers < 0 ? undefined : peers,
    }));
    adoptListings(fleet, group, listings, now, !isOwn && before === server);
  }
}

function applyAdmission(fleet: Fleet, delta: CustomerDelta & AdmitDelta, now: number): void {
  const server = findServer(fleet, delta.server);
  if (!server) return;
  const { customer, user, group } = delta;
  const [pool, namespace] = splitKey(group) ?? ["", ""];
  const rooms = delta.rooms.map((key) => splitKey(key)?.[2] ?? "");
  const bound = findGroup(fleet, pool, namespace, rooms[0] ?? "");
  forgetStrays(server, namespace, [...(bound ? roomsOf(bound) : []), ...rooms.map((name) => ({ name }))]);
  acceptAdmission(fleet, { pool, namespace, customer, user, rooms, tags: [] }, server, now, delta.isVoid);
}

function findServer(fleet: Fleet, id: string): Server | undefined {
  return fleet.servers.get(id as ServerId);
}
