import { expect, test } from "bun:test";
import { advance } from "../../src/fleet/advance.ts";
import { countChanges, includeTraffic, putChangesBack, takeChanges } from "../../src/fleet/changes.ts";
import { toSavedChanges } from "../../src/fleet/saved-state.ts";
import {
  connect,
  createSavedGroup,
  createStateMirror,
  createTestFleet,
  findServer,
  report,
  toSavedGroups,
  toWholeState,
} from "./fixture.ts";

test("of a group whose last slot and last token end together, nothing is kept", () => {
  const fleet = createTestFleet({ tokenUsableMs: 30_000 });
  const mirror = createStateMirror();
  report(fleet, "s1", {}, 0);
  connect(fleet, "a", "u", 0);
  mirror.apply(fleet);
  expect(mirror.read().groups.count).toBe(1);
  advance(fleet, 100_000);
  expect(fleet.groups.size).toBe(0);
  mirror.apply(fleet);
  expect(mirror.read().groups.count).toBe(0);
});

test("what a server lists is kept as one, and of its rooms by themselves only who is on the way to them", () => {
  const fleet = createTestFleet();
  const mirror = createStateMirror();
  report(fleet, "s1", { a: 2, b: 1, "{m}x": 3, "{m}y": 0 }, 0);
  connect(fleet, "b", "u", 1);
  mirror.apply(fleet);
  expect(mirror.read()).toMatchObject({
    listings: [[findServer(fleet, "s1").id, [["acme", "acme", ["a", 2, "b", 1, "{m}x", 3, "{m}y", 0]]]]],
    groups: {
      batches: [{ keys: [1], values: [createSavedGroup("s1", "b", 600_001, ["b", "acme", [["u", 15_001]]])] }],
    },
  });
  report(fleet, "s1", { a: 2, b: 2 }, 2);
  mirror.apply(fleet);
  expect(mirror.read()).toMatchObject({
    listings: [[findServer(fleet, "s1").id, [["acme", "acme", ["a", 2, "b", 2]]]]],
    groups: { batches: [{ keys: [1], values: [createSavedGroup("s1", "b", 600_001)] }] },
  });
  report(fleet, "s1", { a: 2, b: 2 }, 300_000);
  report(fleet, "s1", { a: 2, b: 2 }, 600_001);
  mirror.apply(fleet);
  expect(mirror.read().groups.count).toBe(0);
});

test("the customer of a listed room is kept, also when it turns out to be another one", () => {
  const fleet = createTestFleet();
  const rooms = [{ namespace: "acme", name: "a", customer: "mallory", peers: 3, ageMs: 0 }];
  report(fleet, "s1", {}, 0, { rooms });
  takeChanges(fleet);
  connect(fleet, "a", "u", 1);
  expect([...takeChanges(fleet).listings.keys()]).toEqual([findServer(fleet, "s1").id]);
  expect(toWholeState(fleet).listings).toEqual([[findServer(fleet, "s1").id, [["acme", "acme", ["a", 3]]]]]);
});

test("that something has ended is a change of its own, written with the traffic, when all groups that changed are, and again if it could not be", () => {
  const fleet = createTestFleet();
  report(fleet, "s1", {}, 0);
  connect(fleet, "a", "u", 0);
  takeChanges(fleet);
  includeTraffic(fleet);
  takeChanges(fleet);
  report(fleet, "s1", {}, 7_000);
  takeChanges(fleet);
  advance(fleet, 15_000);
  expect(countChanges({ ...fleet.changes, servers: new Map() })).toBe(0);
  includeTraffic(fleet);
  expect(countChanges({ ...fleet.changes, servers: new Map() })).toBe(1);
  const changes = takeChanges(fleet);
  expect(toSavedChanges(changes, 7).times).toEqual([["endedUntil", 15_007]]);
  putChangesBack(fleet, changes);
  report(fleet, "s1", {}, 15_001);
  for (const room of ["b", "c"]) connect(fleet, room, "u", 15_002);
  const limits = { groups: 1, listedRooms: 1 };
  expect([takeChanges(fleet, limits), takeChanges(fleet, limits), takeChanges(fleet, limits)]).toMatchObject([
    { groups: [{ tag: "b" }], endedUntil: undefined },
    { groups: [{ tag: "c" }], endedUntil: 15_000 },
    { groups: [], endedUntil: undefined },
  ]);
});

test("of a server that is gone, nothing is kept", () => {
  const fleet = createTestFleet();
  const mirror = createStateMirror();
  report(fleet, "s1", { a: 2 }, 0);
  connect(fleet, "a", "u", 1);
  mirror.apply(fleet);
  advance(fleet, 700_000);
  mirror.apply(fleet);
  expect(mirror.read()).toEqual({
    servers: [],
    listings: [],
    groups: toSavedGroups([]),
    bans: [],
    tasks: [],
    times: [],
  });
});

test("a report that lists what the one before did leaves the listing alone", () => {
  const fleet = createTestFleet();
  report(fleet, "s1", { a: 2, b: 1 }, 0);
  takeChanges(fleet);
  report(fleet, "s1", { a: 2, b: 1 }, 1);
  expect(takeChanges(fleet).listings.size).toBe(0);
});

test("a group that has changed is written with what has changed then, also when all else of it ends meanwhile", () => {
  const fleet = createTestFleet({ tokenUsableMs: 1_000 });
  report(fleet, "s1", { a: 1 }, 0);
  connect(fleet, "a", "u", 1);
  includeTraffic(fleet);
  advance(fleet, 100_000);
  expect([...takeChanges(fleet).goneRows]).toEqual([1]);
});
