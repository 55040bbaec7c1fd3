import { RpcError } from "../errors.ts";
import { advance } from "./advance.ts";
import type { BanTarget } from "./ban.ts";
import { checkBanPlace, findOwnBan, setBan } from "./bans.ts";
import type { Room } from "./room.ts";
import { findRoom } from "./spaces.ts";
import type { Fleet } from "./state.ts";
import { checkPlace, createQueuedTask, enqueue, type QueuedTask, type Task, toDuration } from "./tasks.ts";

/** Whose room an admin call is about, in whichever pools it lives. */
export interface RoomTarget {
  readonly customer: string;
  readonly namespace: string;
  readonly room: string;
}

/** What an admin call will do: nothing has changed yet. */
export interface Order {
  /** Tasks, each for the server that hosts the room in one of the pools. */
  readonly tasks: readonly { readonly host: Room; readonly entry: QueuedTask }[];
  /** The ban that it puts in force until then (epoch milliseconds), or ends, if that is over. */
  readonly ban?: { readonly target: BanTarget; readonly untilMs: number };
  /** What the call fails with, although all this is done. */
  readonly failure?: RpcError;
}

/**
 * Closes a room and keeps everybody out for `banSec` seconds; with 0 it ends such a ban.
 * Throws `queueFull` or `banLimit`, and then nothing has changed; and `roomNotHosted` if there was nobody to put out,
 * because no server hosts it, and `banSec` is 0: a ban has ended all the same.
 */
export function closeRoom(fleet: Fleet, call: RoomTarget & { banSec: number }, now: number): void {
  carryOut(fleet, orderClose(fleet, call, now), now);
}

/** See `closeRoom`. */
export function orderClose(fleet: Fleet, { banSec, ...target }: RoomTarget & { banSec: number }, now: number): Order {
  const ban_time = toDuration(banSec * 1000);
  return orderKick(fleet, target, banSec, (id) => ({ task: "RoomClose", id, ban_time }), now);
}

/**
 * Kicks a user and keeps them out of the room for `banSec` seconds; with 0 it ends such a ban.
 * Throws `queueFull` or `banLimit`, and then nothing has changed; and `roomNotHosted` if there was nobody to kick,
 * because no server hosts the room, and `banSec` is 0: a ban has ended all the same.
 */
export function banClient(fleet: Fleet, call: RoomTarget & { user: string; banSec: number }, now: number): void {
  carryOut(fleet, orderBan(fleet, call, now), now);
}

/** See `banClient`. */
export function orderBan(fleet: Fleet, call: RoomTarget & { user: string; banSec: number }, now: number): Order {
  const { banSec, ...target } = call;
  const ban_time = toDuration(banSec * 1000);
  return orderKick(fleet, target, banSec, (id) => ({ task: "RoomBanClient", id, user_id: target.user, ban_time }), now);
}

/** Changes the data of a room. Throws `roomNotHosted` or `queueFull`. */
export function updateRoom(fleet: Fleet, call: RoomTarget & { userData: readonly number[] }, now: number): void {
  carryOut(fleet, orderUpdate(fleet, call, now), now);
}

/** See `updateRoom`. */
export function orderUpdate(fleet: Fleet, call: RoomTarget & { userData: readonly number[] }, now: number): Order {
  advance(fleet, now);
  const toTask = (id: RoomId): Task => ({ task: "RoomUpdate", id, user_data: call.userData });
  return { tasks: toTasks(fleet, call, findHosts(fleet, call), toTask) };
}

/** Sends a message to a user of a room. Throws `roomNotHosted` or `queueFull`. */
export function sendMessage(fleet: Fleet, call: Message, now: number): void {
  carryOut(fleet, orderMessage(fleet, call, now), now);
}

/** See `sendMessage`. */
export function orderMessage(fleet: Fleet, call: Message, now: number): Order {
  advance(fleet, now);
  const { user: user_id, message } = call;
  const toTask = (id: RoomId): Task => ({ task: "RoomSendMessage", id, user_id, message });
  return { tasks: toTasks(fleet, call, findHosts(fleet, call), toTask) };
}

/**
 * Ends the ban on a user, or on the room itself, and has the servers that host the room end theirs.
 * Throws `banUnknown`, or `queueFull`, and then nothing has changed.
 */
export function removeBan(fleet: Fleet, target: BanName, now: number): void {
  carryOut(fleet, orderBanRemoval(fleet, target, now), now);
}

/** See `removeBan`. */
export function orderBanRemoval(fleet: Fleet, { namespace, room, user }: BanName, now: number): Order {
  advance(fleet, now);
  const known = findOwnBan(fleet, { namespace, room, user });
  if (!known) throw new RpcError("banUnknown");
  const ban_time = toDuration(0);
  const toTask = (id: RoomId): Task =>
    user === undefined ? { task: "RoomClose", id, ban_time } : { task: "RoomBanClient", id, user_id: user, ban_time };
  const hosts = findHosts(fleet, known.target);
  return {
    tasks: hosts.length === 0 ? [] : toTasks(fleet, known.target, hosts, toTask),
    ban: { target: known.target, untilMs: now },
  };
}

/** Does what was ordered; throws what the order fails with. */
export function carryOut(fleet: Fleet, { tasks, ban, failure }: Order, now: number): void {
  for (const { host, entry } of tasks) enqueue(fleet, host.group.server, entry);
  if (ban) setBan(fleet, ban.target, ban.untilMs, now);
  if (failure) throw failure;
}

/** A message to a user of a room. */
export type Message = RoomTarget & { readonly user: string; readonly message: readonly number[] };

/** Which ban is meant: the room's own, if no user is named. */
export interface BanName {
  readonly namespace: string;
  readonly room: string;
  readonly user?: string | undefined;
}

type RoomId = readonly [namespace: string, name: string];

function orderKick(fleet: Fleet, target: BanTarget, banSec: number, toTask: (id: RoomId) => Task, now: number): Order {
  advance(fleet, now);
  if (banSec > 0) checkBanPlace(fleet, target);
  const hosts = findHosts(fleet, target);
  const untilMs = now + banSec * 1000;
  const ban = { target, untilMs };
  if (hosts.length > 0) return { tasks: toTasks(fleet, target, hosts, toTask, banSec > 0 ? untilMs : 0), ban };
  return { tasks: [], ban, ...(banSec === 0 && { failure: new RpcError("roomNotHosted") }) };
}

/** The task for every host; throws if one of them has no place for it. */
function toTasks(
  fleet: Fleet,
  { namespace, room }: BanName,
  hosts: readonly Room[],
  toTask: (id: RoomId) => Task,
  banUntil = 0,
): Order["tasks"] {
  if (hosts.length === 0) throw new RpcError("roomNotHosted");
  const task = toTask([namespace, room]);
  const tasks = hosts.map((host) => ({ host, entry: createQueuedTask(fleet, host, task, banUntil) }));
  for (const { host, entry } of tasks) checkPlace(host.group.server, entry, fleet.policy);
  return tasks;
}

function findHosts(fleet: Fleet, { namespace, room }: BanName): Room[] {
  return fleet.policy.pools.flatMap((pool) => findRoom(fleet, pool, namespace, room) ?? []);
}
