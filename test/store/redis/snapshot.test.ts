import { expect, test } from "bun:test";
import { toGroupKey, toRoomKey, toServerId } from "../../../src/fleet/ids.ts";
import { reservationsOf } from "../../../src/fleet/reservations.ts";
import { findRoom } from "../../../src/fleet/spaces.ts";
import type { Fleet } from "../../../src/fleet/state.ts";
import { sortByCustomer } from "../../../src/store/redis/belongings.ts";
import { adoptSnapshot, type Snapshot } from "../../../src/store/redis/snapshot.ts";
import { connect, createTestFleet, report } from "../../fleet/fixture.ts";

const GROUP = toGroupKey("default", "acme", "m");
const toKey = (room: string) => toRoomKey("default", "acme", room);

function adopt(fleet: Fleet, snapshot: Partial<Snapshot>): void {
  const whole = { life: "a", seq: 1, groups: [], bans: [], tasks: [], ...snapshot };
  adoptSnapshot(fleet, "acme", whole, sortByCustomer(fleet).get("acme"), 0, 0);
}

function usersOf(fleet: Fleet, room: string): string[] {
  const traffic = findRoom(fleet, "default", "acme", room)?.traffic;
  return traffic ? reservationsOf(traffic).map(({ user }) => user) : [];
}

test("a gateway knows the rooms and slots of a customer that the shared state has, and no others", () => {
  const fleet = createTestFleet();
  report(fleet, "one:1", { "{m}listed": 2, "{m}gone": 3 }, 0);
  connect(fleet, "{m}listed", "ann", 0);
  connect(fleet, "{m}held", "bob", 0);
  const rooms = [
    [toKey("{m}listed"), 2],
    [toKey("{m}held"), -1, "eve", 5_000],
  ] as const;
  adopt(fleet, { groups: [[GROUP, toServerId("default", "one:1"), 60_000, rooms]] });
  expect(findRoom(fleet, "default", "acme", "{m}gone")).toBeUndefined();
  expect(usersOf(fleet, "{m}listed")).toEqual([]);
  expect(usersOf(fleet, "{m}held")).toEqual(["eve"]);
  expect(fleet.usages.get("acme")).toMatchObject({ peers: 2, reserved: 1, rooms: 2 });
});

test("a gateway forgets the rooms of a customer of whom the shared state has none", () => {
  const fleet = createTestFleet();
  report(fleet, "one:1", { "{m}listed": 2 }, 0);
  adopt(fleet, {});
  expect(fleet.usages.get("acme")).toBeUndefined();
});

test("a gateway leaves alone what another customer has in the same namespace", () => {
  const fleet = createTestFleet();
  report(fleet, "one:1", { "{m}listed": 2 }, 0);
  connect(fleet, "{m}other", "ann", 0, { customer: "zeta" });
  adopt(fleet, { groups: [[GROUP, toServerId("default", "one:1"), 60_000, [[toKey("{m}listed"), 2]]]] });
  expect(usersOf(fleet, "{m}other")).toEqual(["ann"]);
});
