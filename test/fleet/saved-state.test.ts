import { expect, test } from "bun:test";
import { banClient } from "../../src/fleet/admin.ts";
import { advance } from "../../src/fleet/advance.ts";
import { countChanges, includeTraffic } from "../../src/fleet/changes.ts";
import { takeEvents } from "../../src/fleet/events.ts";
import { restoreFleet } from "../../src/fleet/restore.ts";
import { connect, createStateMirror, createTestFleet, report, toWholeState } from "./fixture.ts";

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
  expect(toWholeState(restored)).toEqual(saved);
});
