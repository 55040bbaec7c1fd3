import { RpcError } from "../errors.ts";
import { noteTraffic } from "./changes.ts";
import {
  addReservation,
  countReservations,
  findReservation,
  removeReservation,
  reservationsOf,
} from "./reservations.ts";
import type { Reservation, Room } from "./room.ts";
import { roomsBoundTo } from "./spaces.ts";
import { dropTrafficIfOver, reckon, trafficOf } from "./standing.ts";
import type { Fleet, Server, Usage } from "./state.ts";

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
 * bound to, and nowhere else. Peers are counted as they are set.
 */
export function recount(fleet: Fleet, room: Room, hosted = true): void {
  const from = room.countedOn;
  const to = hosted ? room.group.server : undefined;
  if (from !== to && from?.inUse) addUsage(room, -1);
  reckon(fleet, room, to);
  if (from !== to && to?.inUse) addUsage(room, 1);
  const { usage, traffic } = room;
  if (!traffic) return;
  const reserved = to?.inUse ? countReservations(traffic) : 0;
  usage.reserved += reserved - traffic.countedReserved;
  traffic.countedReserved = reserved;
  if (to) dropTrafficIfOver(room);
}

/** Has the rooms of a server count in their customers' usage, or no longer. */
export function setInUse(server: Server, inUse: boolean): void {
  if (server.inUse === inUse) return;
  server.inUse = inUse;
  for (const room of roomsBoundTo(server)) {
    const { usage, traffic } = room;
    addUsage(room, inUse ? 1 : -1);
    if (!traffic) continue;
    const reserved = inUse ? countReservations(traffic) : 0;
    usage.reserved += reserved - traffic.countedReserved;
    traffic.countedReserved = reserved;
  }
}

/** Sets how many peers a report shows in the room; they count at once where the room does. */
export function setPeers(room: Room, peers: number): void {
  const { countedOn, usage } = room;
  const rise = peers - room.peers;
  room.peers = peers;
  if (countedOn) countedOn.standing.peers += rise;
  if (countedOn?.inUse) usage.peers += rise;
}

function addUsage({ usage, peers }: Room, sign: 1 | -1): void {
  usage.rooms += sign;
  usage.peers += sign * peers;
}

/**
 * Holds a peer slot for the user until `expiresAt`, or prolongs the one they have; it counts as load that is to come until
 * `loadUntil`. Does not check limits.
 */
export function reserve(fleet: Fleet, room: Room, user: string, expiresAt: number, loadUntil: number): void {
  const traffic = trafficOf(room);
  const held = findReservation(traffic, user);
  if (held) {
    held.expiresAt = expiresAt;
    held.loadUntil = loadUntil;
    setPending(held, loadUntil > fleet.advancedAt);
    // Back to the end: the oldest are taken for those who joined.
    removeReservation(traffic, held);
    addReservation(traffic, held);
    return;
  }
  const reservation: Reservation = {
    kind: "reservation",
    room,
    user,
    expiresAt,
    loadUntil,
    isPending: false,
    isHeld: true,
  };
  setPending(reservation, loadUntil > fleet.advancedAt);
  addReservation(traffic, reservation);
  fleet.deadlines.add(Math.min(expiresAt, loadUntil), reservation);
}

/** Says whether anybody has a slot in the room for a token that no report shows yet. */
export function isReserved({ traffic }: Room): boolean {
  return traffic !== undefined && countReservations(traffic) > 0;
}

/** Takes the slot back. */
export function release(reservation: Reservation): void {
  setPending(reservation, false);
  const { traffic } = reservation.room;
  if (traffic && reservation.isHeld) removeReservation(traffic, reservation);
  reservation.isHeld = false;
}

/** Takes all slots of a room back. */
export function releaseAll({ traffic }: Room): void {
  if (!traffic) return;
  for (const reservation of reservationsOf(traffic)) reservation.isHeld = false;
  traffic.reservations = undefined;
  traffic.pending = 0;
}

/** Says whether the one who holds the slot still counts as load that is to come. */
export function setPending(reservation: Reservation, isPending: boolean): void {
  if (reservation.isPending === isPending) return;
  reservation.isPending = isPending;
  trafficOf(reservation.room).pending += isPending ? 1 : -1;
}

/**
 * Takes a report's number of peers; a rise turns as many reservations, the oldest, into peers.
 * Returns how many of them had been counted as load that was to come.
 */
export function takePeers(fleet: Fleet, room: Room, peers: number): number {
  const rise = peers - room.peers;
  setPeers(room, peers);
  const { traffic } = room;
  if (!traffic) return 0;
  if (rise > 0 && isReserved(room)) noteTraffic(fleet, room.group);
  const before = traffic.pending;
  traffic.peak = Math.max(traffic.peak, peers);
  if (rise > 0) for (const reservation of reservationsOf(traffic).slice(0, rise)) release(reservation);
  return before - traffic.pending;
}
