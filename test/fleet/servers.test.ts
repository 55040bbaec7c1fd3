import { describe, expect, test } from "bun:test";
import { banClient } from "../../src/fleet/admin.ts";
import { advance } from "../../src/fleet/advance.ts";
import { takeEvents } from "../../src/fleet/events.ts";
import { forgetServer } from "../../src/fleet/forget.ts";
import { registerServer } from "../../src/fleet/servers.ts";
import type { Fleet } from "../../src/fleet/state.ts";
import { countEligible, isServerKnown, listRooms, listServers } from "../../src/fleet/views.ts";
import { connect, createTestFleet, report } from "./fixture.ts";

const types = (fleet: Fleet) => takeEvents(fleet).map(({ type }) => type);

function register(fleet: Fleet, endpoint: string, now: number, reportIntervalMs = 5_000): void {
  registerServer(
    fleet,
    { pool: "default", endpoint, version: "1", reportIntervalMs, capacity: {}, tags: [], keys: ["k"] },
    now,
  );
}

describe("a server", () => {
  test("is disabled by 7.5 s of silence, enabled by a report, and forgotten after 600 s", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 0);
    advance(fleet, 7_499);
    expect(countEligible(fleet)).toBe(1);
    advance(fleet, 7_500);
    expect(countEligible(fleet)).toBe(0);
    expect(listServers(fleet)).toMatchObject([{ endpoint: "s1", phase: "disabled" }]);
    report(fleet, "s1", {}, 8_000);
    expect(countEligible(fleet)).toBe(1);
    advance(fleet, 607_999);
    expect(isServerKnown(fleet, "s1")).toBe(true);
    advance(fleet, 608_000);
    expect(types(fleet)).toEqual([
      "server.added",
      "server.disabled",
      "server.enabled",
      "server.disabled",
      "server.removed",
    ]);
  });

  test("that flaps leaves nothing behind in the heap of deadlines", () => {
    const fleet = createTestFleet();
    for (let now = 0; now < 3_000_000; now += 9_000) report(fleet, "s1", {}, now);
    expect(fleet.deadlines.size).toBeLessThan(100);
    advance(fleet, 10_000_000);
    expect(fleet.deadlines.size).toBe(0);
  });

  test("may be silent for one and a half of the intervals that it was given itself", () => {
    const fleet = createTestFleet();
    register(fleet, "s1", 0, 20_000);
    report(fleet, "s1", {}, 0);
    advance(fleet, 29_999);
    expect(countEligible(fleet)).toBe(1);
    advance(fleet, 30_000);
    expect(countEligible(fleet)).toBe(0);
  });

  test("whose config says an absurd interval still counts as dead in the end", () => {
    const fleet = createTestFleet();
    register(fleet, "s1", 0, Number(2n ** 63n));
    report(fleet, "s1", {}, 0);
    advance(fleet, 900_000);
    expect(countEligible(fleet)).toBe(0);
  });

  test("that asked for its config is no server to anybody before its first report", () => {
    const fleet = createTestFleet();
    register(fleet, "s1", 0);
    expect(countEligible(fleet)).toBe(0);
    expect(listServers(fleet)).toEqual([]);
    expect(() => connect(fleet, "a", "u", 0)).toThrow("no server available");
  });

  test("that asked for its config and does not report is named once after three intervals, and forgotten", () => {
    const fleet = createTestFleet();
    register(fleet, "s1", 0);
    advance(fleet, 14_999);
    expect(types(fleet)).toEqual(["server.registered"]);
    for (let now = 15_000; now < 600_000; now += 15_000) advance(fleet, now);
    expect(types(fleet)).toEqual(["server.silent"]);
    advance(fleet, 600_000);
    expect(fleet.servers.size).toBe(0);
  });

  test("that asks for its config again has restarted, and gets the bans of its rooms again", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 1 }, 0);
    banClient(fleet, { customer: "acme", namespace: "acme", room: "a", user: "u", banSec: 60 }, 0);
    report(fleet, "s1", { a: 1 }, 1_000);
    report(fleet, "s1", { a: 1 }, 2_000);
    register(fleet, "s1", 3_000);
    expect(report(fleet, "s1", { a: 1 }, 4_000)).toMatchObject([{ task: "RoomBanClient", user_id: "u" }]);
  });

  test("that asks again and again has each ban queued once", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 1 }, 0);
    for (const user of ["u1", "u2"])
      banClient(fleet, { customer: "acme", namespace: "acme", room: "a", user, banSec: 60 }, 0);
    for (let i = 0; i < 5; i++) register(fleet, "s1", i);
    expect(report(fleet, "s1", { a: 1 }, 100)).toHaveLength(2);
  });

  test("that was forgotten and comes back does not end when it would have without that", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 1 }, 0);
    advance(fleet, 10_000);
    forgetServer(fleet, { endpoint: "s1" }, 20_000);
    for (let now = 25_000; now < 700_000; now += 5_000) report(fleet, "s1", { a: 1 }, now);
    expect(types(fleet).filter((type) => type === "server.removed")).toHaveLength(1);
    expect(listRooms(fleet, { after: 0, limit: 9 }).rooms).toMatchObject([{ name: "a" }]);
  });

  test("is not silent while we ourselves stood still", () => {
    const fleet = createTestFleet({ stallMs: 2_000 });
    report(fleet, "s1", { a: 1 }, 0);
    report(fleet, "s2", {}, 0);
    expect(connect(fleet, "a", "u", 60_000).endpoint).toBe("s1");
    for (let now = 61_000; now < 67_500; now += 500) advance(fleet, now);
    expect(countEligible(fleet)).toBe(2);
    advance(fleet, 67_500);
    expect(countEligible(fleet)).toBe(0);
    expect(types(fleet)).toContain("fleet.stalled");
  });

  test("a time before the last one changes nothing", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 10_000);
    advance(fleet, 0);
    expect(fleet.advancedAt).toBe(10_000);
  });
});

describe("listRooms", () => {
  test("pages through all rooms once, while rooms come and go", () => {
    const fleet = createTestFleet();
    const rooms = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`r${i}`, 1]));
    report(fleet, "s1", rooms, 0);
    const first = listRooms(fleet, { after: 0, limit: 10 });
    expect(first.rooms.map(({ name }) => name)).toEqual(Array.from({ length: 10 }, (_, i) => `r${i}`));
    const { r9: _gone, r3: _gone2, ...rest } = rooms;
    report(fleet, "s1", { ...rest, r25: 1 }, 5_000);
    const second = listRooms(fleet, { after: first.next ?? 0, limit: 10 });
    const third = listRooms(fleet, { after: second.next ?? 0, limit: 10 });
    expect([...second.rooms, ...third.rooms].map(({ name }) => name)).toEqual(
      Array.from({ length: 16 }, (_, i) => `r${i + 10}`),
    );
    expect(third.next).toBeUndefined();
  });

  test("rooms of one hash tag have one hash, others another", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { "{m}a": 1, "{m}b": 1, c: 1 }, 0);
    const [a, b, c] = listRooms(fleet, { after: 0, limit: 10 }).rooms.map(({ hash }) => hash);
    expect(a).toBe(b ?? "");
    expect(c).not.toBe(a ?? "");
  });
});
