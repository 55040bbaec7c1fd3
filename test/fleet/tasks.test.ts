import { describe, expect, test } from "bun:test";
import { banClient, closeRoom, sendMessage, updateRoom } from "../../src/fleet/admin.ts";
import { takeEvents } from "../../src/fleet/events.ts";
import { toDuration } from "../../src/fleet/tasks.ts";
import { connect, createTestFleet, report } from "./fixture.ts";

const ROOM = { customer: "acme", namespace: "acme", room: "a" };
const update = (byte: number) => ({ ...ROOM, userData: [byte] });

describe("tasks", () => {
  test("go out with the next report, in order and in the form that servers know", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 1 }, 0);
    updateRoom(fleet, update(1), 0);
    sendMessage(fleet, { ...ROOM, user: "u", message: [2] }, 0);
    banClient(fleet, { ...ROOM, user: "u", banSec: 1.5 }, 0);
    closeRoom(fleet, { ...ROOM, banSec: 0 }, 0);
    expect(report(fleet, "s1", { a: 1 }, 1)).toEqual([
      { task: "RoomUpdate", id: ["acme", "a"], user_data: [1] },
      { task: "RoomSendMessage", id: ["acme", "a"], user_id: "u", message: [2] },
      { task: "RoomBanClient", id: ["acme", "a"], user_id: "u", ban_time: { secs: 1, nanos: 500_000_000 } },
      { task: "RoomClose", id: ["acme", "a"], ban_time: { secs: 0, nanos: 0 } },
    ]);
  });

  test("have arrived when the next report comes on the same connection", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 1 }, 0);
    updateRoom(fleet, update(1), 0);
    expect(report(fleet, "s1", { a: 1 }, 1, { connection: "c1" })).toHaveLength(1);
    expect(report(fleet, "s1", { a: 1 }, 2, { connection: "c1" })).toHaveLength(0);
  });

  test("of a reply that was lost go out again, before newer ones", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 1 }, 0, { connection: "c1" });
    updateRoom(fleet, update(1), 0);
    report(fleet, "s1", { a: 1 }, 1, { connection: "c1" });
    updateRoom(fleet, update(2), 1);
    expect(report(fleet, "s1", { a: 1 }, 2, { connection: "c2" })).toMatchObject([
      { user_data: [1] },
      { user_data: [2] },
    ]);
    expect(report(fleet, "s1", { a: 1 }, 3, { connection: "c2" })).toHaveLength(0);
  });

  test("do not go out for ever when a server no longer keeps its connections", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 1 }, 0);
    report(fleet, "s1", { a: 1 }, 1);
    updateRoom(fleet, update(1), 1);
    let sent = 0;
    for (let i = 2; i < 100; i++) sent += report(fleet, "s1", { a: 1 }, i, { connection: undefined }).length;
    expect(sent).toBe(10);
    updateRoom(fleet, update(2), 100);
    for (let i = 101; i < 200; i++) sent += report(fleet, "s1", { a: 1 }, i, { connection: undefined }).length;
    expect(sent).toBe(12);
  });

  test("are not taken for received by a second report of the same request", () => {
    const fleet = createTestFleet();
    const rooms = { a: 1 };
    report(fleet, "s1", rooms, 0);
    updateRoom(fleet, update(1), 0);
    expect(report(fleet, "s1", rooms, 1, { connection: "c1", exchange: 1_000_001 })).toHaveLength(1);
    updateRoom(fleet, update(2), 1);
    expect(report(fleet, "s1", rooms, 1, { connection: "c1", exchange: 1_000_001 })).toMatchObject([
      { user_data: [2] },
    ]);
    expect(report(fleet, "s1", rooms, 2, { connection: "c2" })).toMatchObject([{ user_data: [1] }, { user_data: [2] }]);
  });

  test("do not go with a report to which no reply goes out", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 1 }, 0);
    updateRoom(fleet, update(1), 0);
    expect(report(fleet, "s1", { a: 1 }, 1, { exchange: undefined })).toEqual([]);
    expect(report(fleet, "s1", { a: 1 }, 2)).toHaveLength(1);
  });

  test("beyond what one reply takes wait for the next", () => {
    const fleet = createTestFleet({ maxQueuedTasks: 2 });
    report(fleet, "s1", { a: 1 }, 0);
    report(fleet, "s2", { b: 1 }, 0);
    for (const [room, byte] of [
      ["a", 1],
      ["a", 2],
      ["b", 3],
      ["b", 4],
    ] as const) {
      updateRoom(fleet, { ...ROOM, room, userData: [byte] }, 0);
    }
    report(fleet, "s3", {}, 7_000);
    connect(fleet, "a", "u", 8_000);
    connect(fleet, "b", "u", 8_000);
    const bytes = (now: number) =>
      report(fleet, "s3", {}, now).map((task) => (task.task === "RoomUpdate" ? task.user_data : []));
    expect(bytes(8_001)).toEqual([[1], [2]]);
    expect(bytes(8_002)).toEqual([[3], [4]]);
    expect(bytes(8_003)).toEqual([]);
  });

  test("of a ban that waited for a server that was away say what is left of it", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 2 }, 0);
    banClient(fleet, { ...ROOM, user: "u", banSec: 60 }, 0);
    banClient(fleet, { ...ROOM, user: "v", banSec: 10 }, 0);
    expect(report(fleet, "s1", { a: 2 }, 25_000)).toMatchObject([
      { user_id: "u", ban_time: { secs: 35, nanos: 0 } },
      { user_id: "v", ban_time: { secs: 0, nanos: 0 } },
    ]);
  });

  test("of a ban do not follow the room: the ones in force do, once", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 2 }, 0);
    banClient(fleet, { ...ROOM, user: "u", banSec: 60 }, 0);
    banClient(fleet, { ...ROOM, user: "v", banSec: 10 }, 0);
    banClient(fleet, { ...ROOM, user: "w", banSec: 0 }, 0);
    report(fleet, "s2", {}, 20_000);
    connect(fleet, "a", "v", 24_000);
    expect(report(fleet, "s2", { a: 1 }, 25_000)).toMatchObject([
      { task: "RoomBanClient", user_id: "w", ban_time: { secs: 0 } },
      { task: "RoomBanClient", user_id: "u", ban_time: { secs: 36 } },
    ]);
  });

  test("go out until they arrive, to a server that is known to keep its connections", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 1 }, 0, { connection: "c1" });
    report(fleet, "s1", { a: 1 }, 1, { connection: "c1" });
    updateRoom(fleet, update(1), 1);
    for (let i = 2; i < 10; i++) expect(report(fleet, "s1", { a: 1 }, i, { connection: `c${i}` })).toHaveLength(1);
    expect(report(fleet, "s1", { a: 1 }, 10, { connection: "c9" })).toHaveLength(0);
  });

  test.each([
    ["one connection for each report", (i: number) => `c${i}`],
    ["connections nobody can tell apart", () => undefined],
  ])("go out twice to a server with %s", (_, connection) => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 1 }, 0, { connection: connection(0) });
    updateRoom(fleet, update(1), 0);
    expect(report(fleet, "s1", { a: 1 }, 1, { connection: connection(1) })).toHaveLength(1);
    expect(report(fleet, "s1", { a: 1 }, 2, { connection: connection(2) })).toHaveLength(1);
    expect(report(fleet, "s1", { a: 1 }, 3, { connection: connection(3) })).toHaveLength(0);
  });

  test("that close a room go out again only while the listed room is older than their sending", () => {
    const close = (ageMs: number, rooms: Record<string, number>) => {
      const fleet = createTestFleet();
      report(fleet, "s1", { a: 1 }, 0);
      closeRoom(fleet, { ...ROOM, banSec: 0 }, 0);
      report(fleet, "s1", { a: 1 }, 1_000, { connection: "lost" });
      return report(fleet, "s1", rooms, 6_000, { connection: "new", ageMs });
    };
    expect(close(5_001, { a: 1 })).toHaveLength(1);
    expect(close(4_000, { a: 1 })).toHaveLength(0);
    expect(close(60_000, { b: 1 })).toHaveLength(0);
  });

  test("follow the room to its new server, but for a RoomClose", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { "{m}a": 1, other: 1 }, 0);
    updateRoom(fleet, { ...ROOM, room: "{m}a", userData: [1] }, 0);
    closeRoom(fleet, { ...ROOM, room: "{m}a", banSec: 0 }, 0);
    updateRoom(fleet, { ...ROOM, room: "other", userData: [2] }, 0);
    report(fleet, "s2", {}, 7_000);
    connect(fleet, "{m}b", "u", 8_000);
    expect(report(fleet, "s2", {}, 8_000)).toMatchObject([{ task: "RoomUpdate", user_data: [1] }]);
    expect(report(fleet, "s1", { other: 1 }, 9_000)).toMatchObject([{ task: "RoomUpdate", user_data: [2] }]);
  });

  test("that went out with a lost reply follow the room too", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 1 }, 0);
    updateRoom(fleet, update(1), 0);
    report(fleet, "s1", { a: 1 }, 1);
    report(fleet, "s2", {}, 7_000);
    connect(fleet, "a", "u", 8_600);
    expect(report(fleet, "s2", {}, 8_700)).toHaveLength(1);
  });

  test("are refused, and change nothing, when the server's queue is full by number", () => {
    const fleet = createTestFleet({ maxQueuedTasks: 2 });
    report(fleet, "s1", { a: 1 }, 0);
    updateRoom(fleet, update(1), 0);
    updateRoom(fleet, update(2), 0);
    expect(() => updateRoom(fleet, update(3), 0)).toThrow("task queue full");
    expect(() => banClient(fleet, { ...ROOM, user: "u", banSec: 60 }, 0)).toThrow("task queue full");
    expect(connect(fleet, "a", "u", 0).endpoint).toBe("s1");
    expect(report(fleet, "s1", { a: 1 }, 1)).toHaveLength(2);
    // Sent, but not yet known to have arrived.
    expect(() => updateRoom(fleet, update(3), 1)).toThrow("task queue full");
    report(fleet, "s1", { a: 1 }, 2);
    updateRoom(fleet, update(3), 2);
  });

  test("are refused when the server's queue is full by size", () => {
    const fleet = createTestFleet({ maxQueuedBytes: 250 });
    report(fleet, "s1", { a: 1 }, 0);
    updateRoom(fleet, { ...ROOM, userData: Array(40).fill(255) }, 0);
    expect(() => updateRoom(fleet, update(1), 0)).toThrow("task queue full");
  });

  test("for a room in two pools are queued in both or in neither", () => {
    const fleet = createTestFleet({ pools: ["default", "eu"], maxQueuedTasks: 1 });
    report(fleet, "s1", { a: 1 }, 0);
    report(fleet, "e1", { a: 1, b: 1 }, 0, { pool: "eu" });
    updateRoom(fleet, { ...ROOM, room: "b", userData: [1] }, 0);
    expect(() => updateRoom(fleet, update(2), 0)).toThrow("task queue full");
    expect(report(fleet, "s1", { a: 1 }, 1)).toHaveLength(0);
  });

  test("that nobody took when their server is removed are counted in an event", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 1 }, 0);
    updateRoom(fleet, update(1), 0);
    report(fleet, "s2", {}, 601_000);
    expect(takeEvents(fleet)).toContainEqual({
      type: "server.removed",
      server: { pool: "default", endpoint: "s1" },
      reason: "silence",
      undeliveredTasks: 1,
    });
  });

  test("for rooms that nobody hosts are an error, a ban with a time is not", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 0);
    const nobody = "no server for room found";
    expect(() => updateRoom(fleet, update(1), 0)).toThrow(nobody);
    expect(() => sendMessage(fleet, { ...ROOM, user: "u", message: [] }, 0)).toThrow(nobody);
    expect(() => closeRoom(fleet, { ...ROOM, banSec: 0 }, 0)).toThrow(nobody);
    expect(() => banClient(fleet, { ...ROOM, user: "u", banSec: 0 }, 0)).toThrow(nobody);
    closeRoom(fleet, { ...ROOM, banSec: 1 }, 0);
    banClient(fleet, { ...ROOM, user: "u", banSec: 1 }, 0);
  });

  test("reach a room whose first client has a token but has not been reported yet", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 0);
    connect(fleet, "a", "u", 0);
    updateRoom(fleet, update(1), 100);
    expect(report(fleet, "s1", {}, 5_000)).toHaveLength(1);
  });
});

describe("toDuration", () => {
  test.each([
    [0, { secs: 0, nanos: 0 }],
    [1_500, { secs: 1, nanos: 500_000_000 }],
    [999.9999999, { secs: 1, nanos: 0 }],
    [315_360_000_000, { secs: 315_360_000, nanos: 0 }],
    [0.123456, { secs: 0, nanos: 123_456 }],
  ])("of %p ms is %p", (ms, expected) => {
    expect(toDuration(ms)).toEqual(expected);
  });
});
