import type { Reservation, Traffic } from "./room.ts";

/** The peer slot that is held for the user, if one is. */
export function findReservation({ reservations }: Traffic, user: string): Reservation | undefined {
  if (reservations instanceof Map) return reservations.get(user);
  return reservations?.user === user ? reservations : undefined;
}

/** How many slots are held. */
export function countReservations({ reservations }: Traffic): number {
  if (reservations instanceof Map) return reservations.size;
  return reservations === undefined ? 0 : 1;
}

/** The slots that are held, oldest first. */
export function reservationsOf({ reservations }: Traffic): readonly Reservation[] {
  if (reservations === undefined) return [];
  return reservations instanceof Map ? [...reservations.values()] : [reservations];
}

/** Enters a slot of a user who holds none, as the youngest. */
export function addReservation(traffic: Traffic, added: Reservation): void {
  const { reservations } = traffic;
  if (reservations === undefined) traffic.reservations = added;
  else if (reservations instanceof Map) reservations.set(added.user, added);
  else
    traffic.reservations = new Map([
      [reservations.user, reservations],
      [added.user, added],
    ]);
}

/** Takes out a slot that is held. */
export function removeReservation(traffic: Traffic, { user }: Reservation): void {
  if (traffic.reservations instanceof Map) traffic.reservations.delete(user);
  else traffic.reservations = undefined;
}
