import { RpcError } from "../errors.ts";
import { advance } from "./advance.ts";
import { checkBanPlace, findOwnBan, setBan } from "./bans.ts";
import type { Room } from "./room.ts";
import { findRoom } from "./spaces.ts";
import type { Fleet } from "./state.ts";
import { checkPlace, createQueuedTask, enqueue, type Task, toDuration } from "./tasks.ts";

/** Whose room an admin call is about, in whichever pools it lives. */
export interface RoomTarget {
  readonly customer: string;
  readonly namespace: string;
  readonly room: string;
}

/**
 * Closes a room and keeps everybody out for `banSec` seconds; with 0 it ends such a ban.
 * Throws `queueFull` or `banLimit`, and then nothing has changed; and `roomNotHosted` if there was nobody to put out,
 * because no server hosts it, and `banSec` is 0: a ban has ended all the same.
 */
export function closeRoom(fleet: Fleet, { banSec, ...target }: RoomTarget & { banSec: number }, now: number): void {
  const ban_time = toDuration(banSec * 1000);
  kick(fleet, target, banSec, (id) => ({ task: "RoomClose", id, ban_time }), now);
}

/**
 * Kicks a user and keeps them out of the room for `banSec` seconds; with 0 it ends such a ban.
 * Throws `queueFull` or `banLimit`, and then nothing has changed; and `roomNotHosted` if there was nobody to kick,
 * because no server hosts the room, and `banSec` is 0: a ban has ended all the same.
 */
export function banClient(fleet: Fleet, call: RoomTarget & { user: string; banSec: number }, now: number): void {
  const { banSec, ...target } = call;
  const ban_time = toDuration(banSec * 1000);
  kick(fleet, target, banSec, (id) => ({ task: "RoomBanClient", id, user_id: target.user, ban_time }), now);
}

/** Changes the data of a room. Throws `roomNotHosted` or `queueFull`. */
export function updateRoom(fleet: Fleet, call: RoomTarget & { userData: readonly number[] }, now: number): void {
  advance(fleet, now);
  send(fleet, call, findHosts(fleet, call), (id) => ({ task: "RoomUpdate", id, user_data: call.userData }));
}

/** Sends a message to a user of a room. Throws `roomNotHosted` or `queueFull`. */
export function sendMessage(
  fleet: Fleet,
  call: RoomTarget & { user: string; message: readonly number[] },
  now: number,
): void {
  advance(fleet, now);
  send(fleet, call, findHosts(fleet, call), (id) => ({
    task: "RoomSendMessage",
    id,
    user_id: call.user,
    message: call.message,
  }));
}

/**
 * Ends the ban on a user, or on the room itself, and has the servers that host the room end theirs.
 * Throws `banUnknown`, or `queueFull`, and then nothing has changed.
 */
export function removeBan(
  fleet: Fleet,
  { namespace, room, user }: { namespace: string; room: string; user?: string | undefined },
  now: number,
): void {
  advance(fleet, now);
  const ban = findOwnBan(fleet, { namespace, room, user });
  if (!ban) throw new RpcError("banUnknown");
  const ban_time = toDuration(0);
  const hosts = findHosts(fleet, ban.target);
  if (hosts.length > 0)
    send(fleet, ban.target, hosts, (id) =>
      user === undefined ? { task: "RoomClose", id, ban_time } : { task: "RoomBanClient", id, user_id: user, ban_time },
    );
  setBan(fleet, ban.target, now, now);
}

type RoomId = readonly [namespace: string, name: string];

function kick(
  fleet: Fleet,
  target: RoomTarget & { user?: string },
  banSec: number,
  toTask: (id: RoomId) => Task,
  now: number,
): void {
  advance(fleet, now);
  if (banSec > 0) checkBanPlace(fleet, target);
  const hosts = findHosts(fleet, target);
  const until = now + banSec * 1000;
  if (hosts.length > 0) send(fleet, target, hosts, toTask, banSec > 0 ? until : 0);
  setBan(fleet, target, until, now);
  if (hosts.length === 0 && banSec === 0) throw new RpcError("roomNotHosted");
}

/** Queues the task at every host, or at none. */
function send(
  fleet: Fleet,
  { namespace, room }: RoomTarget,
  hosts: readonly Room[],
  toTask: (id: RoomId) => Task,
  banUntil = 0,
): void {
  if (hosts.length === 0) throw new RpcError("roomNotHosted");
  const task = toTask([namespace, room]);
  const entries = hosts.map((host) => ({
    server: host.group.server,
    entry: createQueuedTask(fleet, host, task, banUntil),
  }));
  for (const { server, entry } of entries) checkPlace(server, entry, fleet.policy);
  for (const { server, entry } of entries) enqueue(fleet, server, entry);
}

function findHosts(fleet: Fleet, { namespace, room }: RoomTarget): Room[] {
  return fleet.policy.pools.flatMap((pool) => findRoom(fleet, pool, namespace, room) ?? []);
}
