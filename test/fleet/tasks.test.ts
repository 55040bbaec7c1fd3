import { describe, expect, test } from "bun:test";
import { banClient, closeRoom, sendMessage, updateRoom } from "../../src/fleet/admin.ts";
import { toDuration } from "../../src/fleet/tasks.ts";
import { connect, createTestFleet, report } from "./fixture.ts";
import { ROOM, update } from "./room-calls.ts";

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
