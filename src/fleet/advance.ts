import { expireBan } from "./bans.ts";
import { refreshCandidate } from "./candidates.ts";
import { noteEnd, noteTraffic } from "./changes.ts";
import { countReservations } from "./reservations.ts";
import type { Reservation } from "./room.ts";
import { closeRoomIfEmpty, dropGroupIfIdle, expireTokens } from "./rooms.ts";
import { MAX_NAMED } from "./saved-state.ts";
import { expireServer } from "./servers.ts";
import type { Expiring, Fleet } from "./state.ts";
import { recount, release, setPending } from "./usage.ts";

/**
 * Brings the fleet to `now` (epoch milliseconds): ends every reservation, ban, binding and server whose time is over.
 * Every other transition begins with it. A time before the last one changes nothing.
 */
export function advance(fleet: Fleet, now: number): void {
  const gapMs = now - fleet.advancedAt;
  if (gapMs <= 0) return;
  if (gapMs > fleet.policy.stallMs) {
    fleet.listeningSince = now;
    fleet.events.push({ type: "fleet.stalled", gapMs });
  }
  fleet.advancedAt = now;
  for (let due = fleet.deadlines.takeDue(now); due !== undefined; due = fleet.deadlines.takeDue(now))
    expire(fleet, due, now);
}

function expire(fleet: Fleet, due: Expiring, now: number): void {
  switch (due.kind) {
    case "server":
      expireServer(fleet, due, now);
      break;
    case "ban":
      expireBan(fleet, due);
      break;
    case "tokens":
      expireTokens(fleet, due, now);
      break;
    case "reservation":
      expireReservation(fleet, due, now);
      break;
  }
}

function expireReservation(fleet: Fleet, reservation: Reservation, now: number): void {
  const { room } = reservation;
  if (!reservation.isHeld) return;
  // While we stood still no report could show the peer: wait for two of them.
  const expiresAt = Math.max(reservation.expiresAt, fleet.listeningSince + 2 * room.group.server.reportIntervalMs);
  if (expiresAt > now) {
    if (expiresAt > reservation.expiresAt) {
      reservation.expiresAt = expiresAt;
      noteTraffic(fleet, room.group);
    }
    if (reservation.loadUntil <= now) {
      setPending(reservation, false);
      recount(fleet, room);
      refreshCandidate(fleet, room.group.server, now);
    }
    fleet.deadlines.add(reservation.isPending ? Math.min(expiresAt, reservation.loadUntil) : expiresAt, reservation);
    return;
  }
  release(reservation);
  const isClosed = closeRoomIfEmpty(fleet, room);
  // Of the older ones in a lobby only the number is kept.
  if (room.traffic && countReservations(room.traffic) >= MAX_NAMED) noteTraffic(fleet, room.group);
  else noteEnd(fleet, room.group);
  if (isClosed) dropGroupIfIdle(fleet, room.group, now);
  else recount(fleet, room);
  refreshCandidate(fleet, room.group.server, now);
}
