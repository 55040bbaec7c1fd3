import { expect, test } from "bun:test";
import { banClient } from "../../../src/fleet/admin.ts";
import { toBanKey } from "../../../src/fleet/changes.ts";
import { toGroupKey, toRoomKey, toRoomName, toServerId } from "../../../src/fleet/ids.ts";
import { reservationsOf } from "../../../src/fleet/reservations.ts";
import { findRoom } from "../../../src/fleet/spaces.ts";
import type { Fleet } from "../../../src/fleet/state.ts";
import { sortByCustomer } from "../../../src/store/redis/belongings.ts";
import type { CustomerDelta } from "../../../src/store/redis/delta.ts";
import { adoptSnapshot, type Snapshot, withMerges } from "../../../src/store/redis/snapshot.ts";
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

test("a gateway that knows a group as it is leaves it as it is, but for tokens that can be used for longer", () => {
  const fleet = createTestFleet();
  report(fleet, "one:1", { "{m}listed": 2 }, 0);
  connect(fleet, "{m}listed", "ann", 0);
  const room = findRoom(fleet, "default", "acme", "{m}listed");
  const [slot] = room?.traffic ? reservationsOf(room.traffic) : [];
  adopt(fleet, {
    groups: [[GROUP, toServerId("default", "one:1"), 900_000, [[toKey("{m}listed"), 2, "ann", 9_000]]]],
  });
  expect(room?.traffic && reservationsOf(room.traffic)[0]).toBe(slot);
  expect(room?.group.tokens?.until).toBe(900_000);
});

test("a gateway keeps bans that it knows in their place, and takes over those that end at another time", () => {
  const fleet = createTestFleet();
  const target = { customer: "acme", namespace: "acme", room: "lobby" };
  for (const user of ["ann", "bob"]) banClient(fleet, { ...target, user, banSec: 60 }, 0);
  const before = [...fleet.bansBySeq.after(0)].map(({ user }) => user);
  const toBan = (user: string, ends: string) =>
    [toBanKey(toRoomName("acme", "lobby"), user), ends, JSON.stringify({ ...target, user })] as const;
  adopt(fleet, { bans: [toBan("ann", "60000"), toBan("bob", "90000")] });
  expect(before).toEqual(["ann", "bob"]);
  expect([...fleet.bansBySeq.after(0)].map(({ user, untilMs }) => [user, untilMs])).toEqual([
    ["ann", 60_000],
    ["bob", 90_000],
  ]);
});

test("a snapshot takes in what was merged after it was begun, and nothing else", () => {
  const group = (server: string): Snapshot["groups"][number] => [GROUP, toServerId("default", server), 0, []];
  const snapshot: Snapshot = { life: "a", seq: 5, groups: [group("one:1")], bans: [], tasks: [["t", "0", "{}"]] };
  const toMerge = (seq: number, more: object, life = "a"): CustomerDelta => ({
    ...{ type: "merge", customer: "acme", gateway: "g", life, seq },
    ...more,
  });
  const told = [
    toMerge(5, { groups: [group("old:1")] }),
    toMerge(6, { groups: [group("two:1")], bans: [["k", "9", "{}"]] }),
    toMerge(7, { groups: [group("three:1")], tasks: [["u", "0", "{}"]] }),
    toMerge(8, { groups: [group("other:1")] }, "b"),
    { type: "tasks", customer: "acme", gateway: "g", life: "a", seq: 9, done: ["t"] } as const,
  ];
  const { groups, bans, tasks } = withMerges(snapshot, told);
  expect(groups).toEqual([group("three:1")]);
  expect(bans).toEqual([["k", "9", "{}"]]);
  expect(tasks.map(([id]) => id)).toEqual(["t", "u"]);
});
