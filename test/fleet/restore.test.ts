import { expect, test } from "bun:test";
import { banClient } from "../../src/fleet/admin.ts";
import { advance } from "../../src/fleet/advance.ts";
import { countChanges, includeTraffic, listEverything, takeChanges } from "../../src/fleet/changes.ts";
import { takeEvents } from "../../src/fleet/events.ts";
import { reservationsOf } from "../../src/fleet/reservations.ts";
import { restoreFleet } from "../../src/fleet/restore.ts";
import { type SavedGroup, type SavedListing, type SavedState, toSavedChanges } from "../../src/fleet/saved-state.ts";
import { findRoom, roomsBoundTo } from "../../src/fleet/spaces.ts";
import { createFleet, type Fleet } from "../../src/fleet/state.ts";
import { createSeededRandom } from "../../src/sim/random.ts";
import {
  connect,
  createSavedGroup,
  createStateMirror,
  createTestFleet,
  findServer,
  POLICY,
  report,
  type StateMirror,
  toSavedGroups,
  toWholeState,
} from "./fixture.ts";

/** A fleet taken up of two servers at time 0, what each of them listed, and what is kept of groups by row. */
function restoreTwo(
  one: SavedListing,
  two: SavedListing,
  ...groups: readonly (readonly [number, SavedGroup])[]
): Fleet {
  const before = createTestFleet();
  for (const endpoint of ["s1", "s2"]) report(before, endpoint, {}, 0);
  const listings: SavedState["listings"] = [
    [findServer(before, "s1").id, one],
    [findServer(before, "s2").id, two],
  ];
  const fleet = createTestFleet();
  restoreFleet(fleet, { ...toWholeState(before), listings, groups: toSavedGroups(groups) }, 0);
  return fleet;
}

/** Where a room of "acme" is, and with how many peers. */
function locate(fleet: Fleet, name: string): string {
  const room = findRoom(fleet, "default", "acme", name);
  return room ? `${room.group.server.endpoint}, ${room.usage.customer}, ${room.peers}` : "nowhere";
}

/** A fleet that is taken up at `now`. */
function restoreAt(now: number, mirror: StateMirror): Fleet {
  const fleet = createFleet(POLICY, createSeededRandom(1), now);
  restoreFleet(fleet, mirror.read(), now);
  return fleet;
}

/** Who holds a slot, in which room. */
function listSlots(fleet: Fleet): string[] {
  const rooms = [...fleet.servers.values()].flatMap(roomsBoundTo);
  return rooms.flatMap(({ name, traffic }) =>
    (traffic ? reservationsOf(traffic) : []).map(({ user }) => `${name} ${user}`),
  );
}

test("of a room that many are on the way to, all slots are kept, and the names of those who came last", () => {
  const fleet = createTestFleet();
  report(fleet, "s1", {}, 0);
  for (let user = 0; user < 100; user++) connect(fleet, "lobby", `u${user}`, 1 + user);
  const saved = toWholeState(fleet);
  expect(JSON.stringify(saved).match(/u\d+/g)).toHaveLength(64);

  const restored = createTestFleet();
  restoreFleet(restored, saved, 200);
  expect(restored.usages.get("acme")).toMatchObject({ reserved: 100, peers: 0, rooms: 1 });
  const asked = (user: string) => connect(restored, "lobby", user, 201, { maxPeers: 100 });
  expect(asked("u99").endpoint).toBe("s1");
  expect(() => asked("newcomer")).toThrow("peer limit exceeded");
  expect(toWholeState(restored).groups.count).toBe(1);
  report(restored, "s1", {}, 15_200, { connection: "other" });
  expect(restored.usages.get("acme")?.reserved).toBe(1);
});

test("a state that is taken up is no news: nothing is told, and nothing is to be kept anew", () => {
  const fleet = createTestFleet();
  report(fleet, "s1", { a: 2, "{m}x": 1 }, 0);
  connect(fleet, "b", "u", 1);
  banClient(fleet, { customer: "acme", namespace: "acme", room: "a", user: "cheater", banSec: 60 }, 1);
  const saved = toWholeState(fleet);
  const restored = createTestFleet();
  restoreFleet(restored, saved, 2);
  expect(takeEvents(restored)).toEqual([]);
  includeTraffic(restored);
  expect(countChanges(restored.changes)).toBe(0);
  expect({ ...toWholeState(restored), times: [] }).toEqual({ ...saved, times: [] });
});

test("what ends at its time is not written for that, and not taken up: what ended while nobody ran may be there still", () => {
  const fleet = createTestFleet();
  const mirror = createStateMirror();
  report(fleet, "s1", { b: 1 }, 0);
  connect(fleet, "a", "early", 0);
  connect(fleet, "b", "early", 0);
  report(fleet, "s1", { b: 1 }, 10_000);
  connect(fleet, "b", "late", 10_000);
  mirror.apply(fleet);
  report(fleet, "s1", { b: 1 }, 20_000);
  expect([locate(fleet, "a"), fleet.usages.get("acme")?.reserved]).toEqual(["nowhere", 1]);
  includeTraffic(fleet);
  expect(takeChanges(fleet)).toMatchObject({ groups: [], goneRows: new Set(), endedUntil: 20_000 });

  mirror.take(toSavedChanges(listEverything(fleet)));
  const before = mirror.read();
  const stale = toSavedGroups([
    [1, createSavedGroup("s1", "a", 600_000, ["a", "acme", [["early", 15_000]]])],
    [
      2,
      createSavedGroup("s1", "b", 610_000, [
        "b",
        "acme",
        [
          ["early", 15_000],
          ["late", 25_000],
        ],
        [9, 14_000],
      ]),
    ],
  ]);
  const restored = createTestFleet();
  restoreFleet(restored, { ...before, groups: stale }, 30_000);
  expect([locate(restored, "a"), locate(restored, "b")]).toEqual(["nowhere", "s1, acme, 1"]);
  expect([restored.groups.size, restored.usages.get("acme")?.reserved]).toEqual([2, 1]);
});

test("a slot that was held longer a moment ago does not seem to have ended with others", () => {
  const fleet = createTestFleet();
  const mirror = createStateMirror();
  report(fleet, "s1", { a: 1, b: 1 }, 0);
  connect(fleet, "a", "u", 0);
  connect(fleet, "b", "v", 0);
  mirror.apply(fleet);
  report(fleet, "s1", { a: 1, b: 1 }, 10_000);
  connect(fleet, "a", "u", 14_950);
  advance(fleet, 15_000);
  mirror.take(toSavedChanges(takeChanges(fleet)));
  expect(listSlots(restoreAt(15_050, mirror))).toContain("a u");
});

test("in a lobby, of which not all names are kept, a slot that ended does not come back", () => {
  const fleet = createTestFleet();
  const mirror = createStateMirror();
  report(fleet, "s1", {}, 0);
  for (let user = 0; user < 100; user++) connect(fleet, "lobby", `u${user}`, user < 30 ? 0 : 5_000);
  mirror.apply(fleet);
  report(fleet, "s1", {}, 15_000);
  mirror.apply(fleet);
  expect(listSlots(restoreAt(15_001, mirror))).toHaveLength(70);
});

test("what ends sooner after a restart, as the clock had been ahead or the policy is another one, does not come back with the next", () => {
  const mirror = createStateMirror();
  const ahead = createTestFleet();
  report(ahead, "s1", {}, 3_600_000);
  connect(ahead, "a", "early", 3_600_000);
  report(ahead, "s1", {}, 3_610_000);
  connect(ahead, "a", "late", 3_610_000);
  report(ahead, "s1", {}, 3_615_000);
  mirror.apply(ahead);
  const right = restoreAt(10_000, mirror);
  expect(listSlots(right)).toEqual(["a late"]);
  mirror.apply(right);
  expect(listSlots(restoreAt(10_100, mirror))).toEqual(["a late"]);
  for (const now of [15_000, 20_000, 25_000, 30_000]) report(right, "s1", {}, now);
  mirror.apply(right);
  expect(listSlots(restoreAt(30_100, mirror))).toEqual([]);

  const long = createTestFleet({ reservationTimeoutMs: 300_000, tokenUsableMs: 3_600_000 });
  report(long, "s1", {}, 0);
  connect(long, "a", "u", 0);
  const other = createStateMirror();
  other.apply(long);
  const short = restoreAt(1_000, other);
  for (const now of [6_000, 11_000, 16_000, 21_000]) report(short, "s1", {}, now);
  other.apply(short);
  const after = restoreAt(21_100, other);
  expect(listSlots(after)).toEqual([]);
  expect(findServer(after, "s1").tokensUntil).toBe(601_000);
});

test("of two servers that list a room, as when one of them was not written any more, the first has it until they report", () => {
  const fleet = restoreTwo([["acme", "acme", ["a", 2]]], [["acme", "acme", ["a", 5, "b", 1, "b", 9]]]);
  expect([locate(fleet, "a"), locate(fleet, "b")]).toEqual(["s1, acme, 2", "s2, acme, 1"]);
  const [one, two] = [findServer(fleet, "s1"), findServer(fleet, "s2")];
  expect([one.listed, two.listed]).toEqual([
    { rooms: 1, peers: 2 },
    { rooms: 2, peers: 6 },
  ]);
  expect([...two.strays.values()]).toMatchObject([{ name: "a", peers: 5 }]);
});

test("a group that is kept by itself on another server than lists it was moved there", () => {
  const moved = createSavedGroup("s2", "a", 9_000, ["a", "acme", [["u", 9_000]]]);
  const fleet = restoreTwo([["acme", "acme", ["a", 2]]], [], [7, moved]);
  expect(locate(fleet, "a")).toBe("s2, acme, 0");
  expect([...findServer(fleet, "s1").strays.values()]).toMatchObject([{ name: "a", peers: 2 }]);
  expect(fleet.usages.get("acme")).toMatchObject({ peers: 0, reserved: 1, rooms: 1 });
  expect(fleet.nextRow).toBe(8);
});

test("a row of which nothing is left moves no group away from the server that lists it", () => {
  const over = createSavedGroup("s2", "a", 0, ["a", "acme", [["u", 0]]]);
  const fleet = restoreTwo([["acme", "acme", ["a", 2]]], [], [7, over]);
  expect(locate(fleet, "a")).toBe("s1, acme, 2");
  expect([...fleet.changes.goneRows]).toEqual([7]);
});

test("after a restart by a clock that had been ahead, the next one does not take new slots for ended ones", () => {
  const ahead = createTestFleet({ tokenUsableMs: 10_000 });
  const mirror = createStateMirror();
  report(ahead, "s1", {}, 90_000);
  connect(ahead, "a", "u", 90_000);
  mirror.apply(ahead);
  advance(ahead, 120_000);
  mirror.apply(ahead);
  expect(mirror.read().times).toEqual([["endedUntil", 120_000]]);
  const right = createTestFleet();
  restoreFleet(right, mirror.read(), 10_000);
  expect(locate(right, "a")).toBe("nowhere");
  report(right, "s1", {}, 10_000);
  connect(right, "a", "v", 10_001);
  mirror.apply(right);
  const again = createTestFleet();
  restoreFleet(again, mirror.read(), 10_002);
  expect(again.usages.get("acme")?.reserved).toBe(1);
});

test("rows that tell nothing any more, or tell of the same group again, are forgotten", () => {
  const over = createSavedGroup("s1", "a", 0);
  const held = createSavedGroup("s1", "b", 9_000);
  const fleet = restoreTwo([["acme", "acme", ["a", 2]]], [], [3, over], [4, held], [5, held]);
  expect([...fleet.changes.goneRows]).toEqual([3, 5]);
  expect(locate(fleet, "a")).toBe("s1, acme, 2");
  expect(fleet.groups.size).toBe(2);
});
