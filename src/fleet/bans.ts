import { RpcError } from "../errors.ts";
import { type Ban, type BanTarget, isInForce, type RoomBans } from "./ban.ts";
import { toBanKey } from "./changes.ts";
import { toServerRef } from "./events.ts";
import { toRoomName } from "./ids.ts";
import type { Room } from "./room.ts";
import type { Fleet, Server } from "./state.ts";
import { createQueuedTask, enqueue, hasPlaceFor, type Task, toDuration } from "./tasks.ts";
import { dropUsageIfIdle, findOrCreateUsage } from "./usage.ts";

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
  const own = bans.users.get(user);
  const longest = bans.room && bans.room.untilMs >= (own?.untilMs ?? 0) ? bans.room : own;
  if (longest === undefined || longest.untilMs <= now) return undefined;
  return { scope: longest.user === undefined ? "room" : "user", untilMs: longest.untilMs };
}

/** The ban on the user in the room, or on the room itself; also one whose time is over and that nobody has ended yet. */
export function findOwnBan(
  fleet: Fleet,
  { namespace, room, user }: { namespace: string; room: string; user?: string | undefined },
): Ban | undefined {
  const bans = fleet.bans.get(toRoomName(namespace, room));
  return bans && findOwn(bans, user);
}

/** Throws `banLimit` if the customer has no place for one more ban; replacing one takes no place. */
export function checkBanPlace(fleet: Fleet, { customer, namespace, room, user }: BanTarget): void {
  const bans = fleet.bans.get(toRoomName(namespace, room));
  const replaces = bans !== undefined && findOwn(bans, user) !== undefined;
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
  const known = fleet.bans.get(name);
  if (untilMs <= now) {
    const ban = known && findOwn(known, user);
    if (ban) endBan(fleet, ban);
    return;
  }
  const bans = known ?? { name, usage: findOrCreateUsage(fleet, customer), room: undefined, users: new Map() };
  fleet.bans.set(name, bans);
  if (findOwn(bans, user) === undefined) bans.usage.bans++;
  const ban: Ban = { kind: "ban", seq: fleet.nextSeq++, bans, target, user, untilMs };
  if (user === undefined) bans.room = ban;
  else bans.users.set(user, ban);
  fleet.bansBySeq.add(ban);
  fleet.deadlines.add(untilMs, ban);
  fleet.changes.bans.set(toBanKey(name, user), ban);
  fleet.events.push({ type: "ban.added", ...toNamed(target), untilMs });
}

/** Ends a ban whose time is over, unless it was replaced or ended before. */
export function expireBan(fleet: Fleet, ban: Ban): void {
  if (isInForce(ban)) endBan(fleet, ban);
}

/**
 * Sends all bans of a room to the server on which it was placed, with what is left of their time.
 * They fill the server's queue at most up to its bound: what does not fit is only enforced at Connect, and an event says so.
 */
export function sendBans(fleet: Fleet, room: Room, server: Server): void {
  if (fleet.bans.size === 0) return;
  const { namespace } = room.group.space;
  const bans = fleet.bans.get(toRoomName(namespace, room.name));
  if (!bans) return;
  const id = [namespace, room.name] as const;
  const inForce = [...(bans.room ? [bans.room] : []), ...bans.users.values()];
  for (const [sent, { user, untilMs }] of inForce.entries()) {
    const ban_time = toDuration(untilMs - fleet.advancedAt);
    const task: Task =
      user === undefined ? { task: "RoomClose", id, ban_time } : { task: "RoomBanClient", id, user_id: user, ban_time };
    const entry = createQueuedTask(fleet, room, task, untilMs);
    if (!hasPlaceFor(server, entry, fleet.policy)) {
      fleet.events.push({
        type: "bans.unsent",
        server: toServerRef(server),
        room: room.name,
        bans: inForce.length - sent,
      });
      return;
    }
    enqueue(fleet, server, entry);
  }
}

/** Sends the room's own ban, if it has one, to a server that lists the room although it is closed. */
export function sendRoomBan(fleet: Fleet, room: Room, server: Server): void {
  if (fleet.bans.size === 0) return;
  const { namespace } = room.group.space;
  const untilMs = fleet.bans.get(toRoomName(namespace, room.name))?.room?.untilMs ?? 0;
  if (untilMs <= fleet.advancedAt) return;
  const ban_time = toDuration(untilMs - fleet.advancedAt);
  const entry = createQueuedTask(fleet, room, { task: "RoomClose", id: [namespace, room.name], ban_time }, untilMs);
  if (hasPlaceFor(server, entry, fleet.policy)) enqueue(fleet, server, entry);
}

/** The ban of the user, or of the room itself. */
function findOwn({ room, users }: RoomBans, user: string | undefined): Ban | undefined {
  return user === undefined ? room : users.get(user);
}

function endBan(fleet: Fleet, { bans, target, user }: Ban): void {
  if (user === undefined) bans.room = undefined;
  else bans.users.delete(user);
  bans.usage.bans--;
  fleet.changes.bans.set(toBanKey(bans.name, user), undefined);
  if (bans.room === undefined && bans.users.size === 0) fleet.bans.delete(bans.name);
  dropUsageIfIdle(fleet, bans.usage);
  fleet.events.push({ type: "ban.ended", ...toNamed(target) });
}

/** A ban as events name it. */
function toNamed({ customer, namespace, room, user }: BanTarget) {
  return { customer, namespace, room, ...(user !== undefined && { user }) };
}
