import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  addReservation,
  countReservations,
  findReservation,
  removeReservation,
  reservationsOf,
} from "../../src/fleet/reservations.ts";
import type { Reservation } from "../../src/fleet/room.ts";
import { findRoom } from "../../src/fleet/spaces.ts";
import { trafficOf } from "../../src/fleet/standing.ts";
import { releaseAll } from "../../src/fleet/usage.ts";
import { connect, createTestFleet, report } from "./fixture.ts";

test("holds what a map by user would hold, in the same order", () => {
  const user = fc.constantFrom("ann", "bob", "cid");
  fc.assert(
    fc.property(fc.array(fc.record({ user, isAdded: fc.boolean() })), (steps) => {
      const { room, traffic } = openRoom();
      const expected = new Map<string, Reservation>();
      for (const { user, isAdded } of steps) {
        const held = expected.get(user);
        expect(findReservation(traffic, user)).toBe(held);
        if (held) removeReservation(traffic, held);
        expected.delete(user);
        if (isAdded) {
          const added: Reservation = {
            kind: "reservation",
            room,
            user,
            expiresAt: 0,
            loadUntil: 0,
            isPending: false,
            isHeld: true,
          };
          addReservation(traffic, added);
          expected.set(user, added);
        }
        expect(reservationsOf(traffic)).toEqual([...expected.values()]);
        expect(countReservations(traffic)).toBe(expected.size);
      }
    }),
  );
});

/** A room on whose way nobody is. */
function openRoom() {
  const fleet = createTestFleet();
  report(fleet, "sfu:4433", {}, 0);
  connect(fleet, "hall", "first", 0);
  const room = findRoom(fleet, "default", "acme", "hall");
  if (!room) throw new Error("the room is not there");
  releaseAll(room);
  return { room, traffic: trafficOf(room) };
}
