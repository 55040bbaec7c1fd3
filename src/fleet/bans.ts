import { RpcError } from "../errors.ts";
import { toServerRef } from "./events.ts";
import { toRoomName } from "./ids.ts";
import type { Fleet, Room, RoomBans, Server } from "./state.ts";
import { createQueuedTask, enqueue, hasPlaceFor, type Task, toDuration } from "./tasks.ts";
import { dropUsageIfIdle, findOrCreateUsage } from "./usage.ts";

/** Whom a ban keeps out of which room; `user` absent for everybody. */
export interface BanTarget {
  readonly customer: string;
  readonly namespace: string;
  readonly room: string;
  readonly user?: string;
}

/** A ban that keeps a user out of a room. */
export interface ActiveBan {
  readonly scope: "room" | "user";
  readonly untilMs: number;
}

/** The ban, of the room or of the user, that keeps the user out longest, if any does at `now`. */
export function findBan(
  fleet: Fleet,
  namespace: string,
  room: string,
  user: string,
  now: number,
): ActiveBan | undefined {
  const bans = fleet.bans.get(toRoomName(namespace, room));
  if (!bans) return undefined;
  const userUntil = bans.users.get(user) ?? 0;
  const untilMs = Math.max(bans.roomUntil, userUntil);
  if (untilMs <= now) return undefined;
  return { scope: bans.roomUntil >= userUntil ? "room" : "user", untilMs };
}

/** Throws `banLimit` if the customer has no place for one more ban; replacing one takes no place. */
export function checkBanPlace(fleet: Fleet, { customer, namespace, room, user }: BanTarget): void {
  const bans = fleet.bans.get(toRoomName(namespace, room));
  const replaces = user === undefined ? (bans?.roomUntil ?? 0) > 0 : bans?.users.has(user);
  const held = fleet.usages.get(customer)?.bans ?? 0;
  if (!replaces && held >= fleet.policy.maxBansPerCustomer) {
    throw new RpcError("banLimit", {
      message: `ban limit exceeded: a customer has at most ${fleet.policy.maxBansPerCustomer} bans`,
    });
  }
}

/** Puts a ban in force until `untilMs`, in place of the one there was; a time that is over ends it. */
export function setBan(fleet: Fleet, target: BanTarget, untilMs: number, now: number): void {
  const { customer, namespace, room, user } = target;
  const name = toRoomName(namespace, room);
  const named = { namespace, room, ...(user !== undefined && { user }) };
  let bans = fleet.bans.get(name);
  if (untilMs <= now) {
    if (bans && endBan(fleet, bans, user)) fleet.events.push({ type: "ban.ended", ...named });
    return;
  }
  if (!bans) {
    bans = { name, usage: findOrCreateUsage(fleet, customer, false), roomUntil: 0, users: new Map() };
    fleet.bans.set(name, bans);
  }
  const isNew = user === undefined ? bans.roomUntil === 0 : !bans.users.has(user);
  if (isNew) bans.usage.bans++;
  if (user === undefined) bans.roomUntil = untilMs;
  else bans.users.set(user, untilMs);
  fleet.deadlines.add(untilMs, { kind: "ban", bans, user });
  fleet.events.push({ type: "ban.added", ...named, untilMs });
}

/** Ends a ban whose time is over at `now`; leaves one that was replaced by a longer one. */
export function expireBan(fleet: Fleet, bans: RoomBans, user: string | undefined, now: number): void {
  const untilMs = user === undefined ? bans.roomUntil : (bans.users.get(user) ?? 0);
  if (untilMs <= now) endBan(fleet, bans, user);
}

/**
 * Sends all bans of a room to the server on which it was placed, with what is left of their time.
 * They fill the server's queue at most up to its bound: what does not fit is only enforced at Connect, and an event says so.
 */
export function sendBans(fleet: Fleet, room: Room, server: Server): void {
  const bans = fleet.bans.get(toRoomName(room.namespace, room.name));
  if (!bans) return;
  const id = [room.namespace, room.name] as const;
  const left = (untilMs: number) => toDuration(untilMs - fleet.advancedAt);
  const tasks: Task[] = [...bans.users].map(([user_id, untilMs]) => ({
    task: "RoomBanClient",
    id,
    user_id,
    ban_time: left(untilMs),
  }));
  if (bans.roomUntil > fleet.advancedAt) tasks.unshift({ task: "RoomClose", id, ban_time: left(bans.roomUntil) });
  for (const [sent, task] of tasks.entries()) {
    const entry = createQueuedTask(task, room.key, room.group.key);
    if (!hasPlaceFor(server, entry, fleet.policy)) {
      fleet.events.push({
        type: "bans.unsent",
        server: toServerRef(server),
        room: room.name,
        bans: tasks.length - sent,
      });
      return;
    }
    enqueue(server, entry);
  }
}

/** Sends the room's own ban, if it has one, to a server that lists the room although it is closed. */
export function sendRoomBan(fleet: Fleet, room: Room, server: Server): void {
  const untilMs = fleet.bans.get(toRoomName(room.namespace, room.name))?.roomUntil ?? 0;
  if (untilMs <= fleet.advancedAt) return;
  const ban_time = toDuration(untilMs - fleet.advancedAt);
  const entry = createQueuedTask(
    { task: "RoomClose", id: [room.namespace, room.name], ban_time },
    room.key,
    room.group.key,
  );
  if (hasPlaceFor(server, entry, fleet.policy)) enqueue(server, entry);
}

function endBan(fleet: Fleet, bans: RoomBans, user: string | undefined): boolean {
  const existed = user === undefined ? bans.roomUntil > 0 : bans.users.delete(user);
  if (!existed) return false;
  if (user === undefined) bans.roomUntil = 0;
  bans.usage.bans--;
  if (bans.roomUntil === 0 && bans.users.size === 0) fleet.bans.delete(bans.name);
  dropUsageIfIdle(fleet, bans.usage);
  return true;
}
