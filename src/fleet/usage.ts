import { RpcError } from "../errors.ts";
import { reckon } from "./standing.ts";
import type { Fleet, Reservation, Room, Usage } from "./state.ts";

/** Seconds after which it is worth trying again when too many unknown customers are there. */
const UNVERIFIED_RETRY_SEC = 60;

/** Throws `tooManyRequests` if nobody vouches for the customer, and too many such are there already. */
export function checkCustomerPlace(fleet: Fleet, customer: string): void {
  if (!isUnverified(fleet, customer) || fleet.usages.has(customer)) return;
  if (fleet.unverifiedCustomers < fleet.policy.maxUnverifiedCustomers) return;
  throw new RpcError("tooManyRequests", {
    message: "too many unknown customers at a time",
    data: { retryAfterSec: UNVERIFIED_RETRY_SEC },
  });
}

/** The record of a customer, made at first use. */
export function findOrCreateUsage(fleet: Fleet, customer: string): Usage {
  const known = fleet.usages.get(customer);
  if (known) return known;
  if (isUnverified(fleet, customer)) fleet.unverifiedCustomers++;
  const usage: Usage = { customer, peers: 0, reserved: 0, rooms: 0, bans: 0, hosted: 0 };
  fleet.usages.set(customer, usage);
  return usage;
}

function isUnverified({ policy }: Fleet, customer: string): boolean {
  return customer.startsWith(policy.unverifiedPrefix);
}

/** Forgets a customer who has neither rooms nor bans. */
export function dropUsageIfIdle(fleet: Fleet, usage: Usage): void {
  if (usage.hosted > 0 || usage.bans > 0) return;
  if (fleet.usages.delete(usage.customer) && isUnverified(fleet, usage.customer)) fleet.unverifiedCustomers--;
}

/**
 * Brings the customer's totals up to date with a room, and its server's standing: it counts on the enabled server it is
 * bound to, and nowhere else.
 */
export function recount(fleet: Fleet, room: Room, hosted = true): void {
  reckon(fleet, room, hosted);
  const { usage, counted } = room;
  const counts = hosted && room.group.server.phase === "enabled";
  const next = counts
    ? { peers: room.peers, reserved: room.reservations.size, rooms: 1 }
    : { peers: 0, reserved: 0, rooms: 0 };
  usage.peers += next.peers - counted.peers;
  usage.reserved += next.reserved - counted.reserved;
  usage.rooms += next.rooms - counted.rooms;
  room.counted = next;
}

/**
 * Holds a peer slot for the user until `expiresAt`, or prolongs the one they have; it counts as load that is to come until
 * `loadUntil`. Does not check limits.
 */
export function reserve(fleet: Fleet, room: Room, user: string, expiresAt: number, loadUntil: number): void {
  const held = room.reservations.get(user);
  if (held) {
    held.expiresAt = expiresAt;
    held.loadUntil = loadUntil;
    setPending(held, loadUntil > fleet.advancedAt);
    // Back to the end: the oldest are taken for those who joined.
    room.reservations.delete(user);
    room.reservations.set(user, held);
    return;
  }
  const reservation: Reservation = { kind: "reservation", room, user, expiresAt, loadUntil, isPending: false };
  setPending(reservation, loadUntil > fleet.advancedAt);
  room.reservations.set(user, reservation);
  fleet.deadlines.add(Math.min(expiresAt, loadUntil), reservation);
}

/** Takes the slot back. */
export function release(reservation: Reservation): void {
  setPending(reservation, false);
  reservation.room.reservations.delete(reservation.user);
}

/** Takes all slots of a room back. */
export function releaseAll(room: Room): void {
  room.reservations.clear();
  room.pending = 0;
}

/** Says whether the one who holds the slot still counts as load that is to come. */
export function setPending(reservation: Reservation, isPending: boolean): void {
  if (reservation.isPending === isPending) return;
  reservation.isPending = isPending;
  reservation.room.pending += isPending ? 1 : -1;
}

/**
 * Takes a report's number of peers; a rise turns as many reservations, the oldest, into peers.
 * Returns how many of them had been counted as load that was to come.
 */
export function takePeers(room: Room, peers: number): number {
  const before = room.pending;
  let rise = peers - room.peers;
  room.peers = peers;
  room.peak = Math.max(room.peak, peers);
  for (const reservation of room.reservations.values()) {
    if (rise-- <= 0) break;
    release(reservation);
  }
  return before - room.pending;
}
