import { describe, expect, test } from "bun:test";
import { takeEvents } from "../../src/fleet/events.ts";
import type { Task } from "../../src/fleet/tasks.ts";
import { connect, createTestFleet, report } from "./fixture.ts";

const CLOSE: Task = { task: "RoomClose", id: ["acme", "a"], ban_time: { secs: 5, nanos: 0 } };

describe("a report", () => {
  test("binds rooms that nobody has", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 2 }, 0);
    report(fleet, "s2", {}, 0);
    for (let i = 0; i < 20; i++) expect(connect(fleet, "a", `u${i}`, 0).endpoint).toBe("s1");
    expect(fleet.usages.get("acme")).toMatchObject({ peers: 2, reserved: 20, rooms: 1 });
  });

  test("that no longer lists a room closes it; the mapping lives as long as a token can be used", () => {
    const fleet = createTestFleet();
    for (const s of ["s1", "s2", "s3", "s4"]) report(fleet, s, {}, 0);
    const { endpoint } = connect(fleet, "a", "u", 0);
    report(fleet, endpoint, { a: 1 }, 5_000);
    report(fleet, endpoint, {}, 10_000);
    expect(fleet.usages.has("acme")).toBe(false);
    for (let now = 15_000; now < 600_000; now += 5_000) report(fleet, endpoint, {}, now);
    expect(connect(fleet, "a", "u", 599_999).endpoint).toBe(endpoint);
  });

  test("that no longer lists a room whose tokens are all out of date frees the mapping", () => {
    const fleet = createTestFleet({ tokenUsableMs: 20_000 });
    report(fleet, "s1", {}, 0);
    connect(fleet, "{m}a", "u", 0);
    report(fleet, "s1", { "{m}a": 1 }, 5_000);
    for (let now = 10_000; now <= 25_000; now += 5_000) report(fleet, "s1", { "{m}a": 1 }, now);
    expect(fleet.groups.size).toBe(1);
    report(fleet, "s1", {}, 30_000);
    expect(fleet.groups.size).toBe(0);
  });

  test("when one of two rooms of a hash tag closes, the other keeps its server", () => {
    const fleet = createTestFleet({ tokenUsableMs: 1_000 });
    for (const s of ["s1", "s2", "s3", "s4"]) report(fleet, s, {}, 0);
    const { endpoint } = connect(fleet, ["{m}a", "{m}b"], "u", 0);
    report(fleet, endpoint, { "{m}a": 1, "{m}b": 1 }, 5_000);
    for (let now = 10_000; now < 60_000; now += 5_000) report(fleet, endpoint, { "{m}b": 1 }, now);
    for (let i = 0; i < 20; i++) expect(connect(fleet, "{m}a", `u${i}`, 56_000).endpoint).toBe(endpoint);
  });

  test("counts no room twice that it lists twice", () => {
    const fleet = createTestFleet();
    const room = { namespace: "acme", name: "a", customer: "acme", peers: 2, ageMs: 0 };
    report(fleet, "s1", {}, 0, { rooms: [room, room] });
    expect(fleet.usages.get("acme")).toMatchObject({ peers: 2, rooms: 1 });
  });

  test("that gives fewer peers frees their slots", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 5, b: 5 }, 0);
    report(fleet, "s1", { a: 2 }, 5_000);
    expect(fleet.usages.get("acme")).toMatchObject({ peers: 2, reserved: 0, rooms: 1 });
  });
});

describe("two servers that list one room", () => {
  test("the bound one keeps it if it has peers, and the other is told to close it as long as it lists it", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 1 }, 0);
    for (let now = 1_000; now <= 4_000; now += 1_000) expect(report(fleet, "s2", { a: 30 }, now)).toEqual([CLOSE]);
    expect(report(fleet, "s2", {}, 5_000)).toEqual([]);
    expect(connect(fleet, "a", "u", 5_000).endpoint).toBe("s1");
    expect(fleet.usages.get("acme")).toMatchObject({ peers: 1 });
    expect(takeEvents(fleet)).toContainEqual({
      type: "rooms.refused",
      server: { pool: "default", endpoint: "s2" },
      boundTo: "s1",
      rooms: 1,
    });
  });

  test("one with peers takes over from a bound one that has shown none yet", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 0);
    connect(fleet, "a", "newcomer", 0);
    expect(report(fleet, "s2", { a: 30 }, 1_000)).toEqual([]);
    expect(connect(fleet, "a", "u", 1_000).endpoint).toBe("s2");
    expect(report(fleet, "s1", { a: 1 }, 2_000)).toEqual([CLOSE]);
    // The newcomer's slot is held: their token can still be used on s1.
    expect(fleet.usages.get("acme")).toMatchObject({ peers: 30, reserved: 2 });
  });

  test("while neither has shown a peer, nothing is decided", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 0);
    connect(fleet, "a", "u", 0);
    expect(report(fleet, "s2", { a: 0 }, 1_000)).toEqual([]);
    expect(connect(fleet, "a", "u", 1_000).endpoint).toBe("s1");
  });

  test("are told of in one event for a report, however many rooms it has", () => {
    const fleet = createTestFleet();
    const rooms = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`r${i}`, 1]));
    report(fleet, "s1", rooms, 0);
    takeEvents(fleet);
    report(fleet, "s2", rooms, 1_000);
    expect(takeEvents(fleet).filter(({ type }) => type !== "server.added")).toEqual([
      { type: "rooms.refused", server: { pool: "default", endpoint: "s2" }, boundTo: "s1", rooms: 500 },
    ]);
    report(fleet, "s2", rooms, 9_000);
    expect(takeEvents(fleet)).toContainEqual({
      type: "rooms.moved",
      pool: "default",
      from: "s1",
      to: "s2",
      groups: 500,
    });
  });

  test("are decided about by hash-tag group, not by room", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { "{m}a": 1 }, 0);
    expect(report(fleet, "s2", { "{m}b": 5, "{m}c": 5 }, 1_000)).toMatchObject([
      { task: "RoomClose", id: ["acme", "{m}b"] },
      { task: "RoomClose", id: ["acme", "{m}c"] },
    ]);
  });

  test("a server that comes back after its room moved does not take it back", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 3 }, 0);
    report(fleet, "s2", {}, 7_000);
    expect(connect(fleet, "a", "u", 8_000).endpoint).toBe("s2");
    report(fleet, "s2", { a: 1 }, 9_000);
    expect(report(fleet, "s1", { a: 3 }, 10_000)).toEqual([CLOSE]);
    expect(connect(fleet, "a", "v", 10_000).endpoint).toBe("s2");
  });

  test("a room of a server that is not live goes to the live one that lists it", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 3 }, 0);
    expect(report(fleet, "s2", { a: 1 }, 8_000)).toEqual([]);
    expect(connect(fleet, "a", "u", 8_000).endpoint).toBe("s2");
    expect(fleet.usages.get("acme")).toMatchObject({ peers: 1 });
  });

  test("the closing is a task only, and keeps nobody out of the room", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 1 }, 0);
    report(fleet, "s2", { a: 1 }, 1_000);
    expect(connect(fleet, "a", "u", 1_000).endpoint).toBe("s1");
    expect(fleet.bans.size).toBe(0);
  });
});
