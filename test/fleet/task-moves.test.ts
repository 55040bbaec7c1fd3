import { describe, expect, test } from "bun:test";
import { banClient, closeRoom, updateRoom } from "../../src/fleet/admin.ts";
import { takeEvents } from "../../src/fleet/events.ts";
import { connect, createTestFleet, report } from "./fixture.ts";
import { ROOM, update } from "./room-calls.ts";

describe("tasks", () => {
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
});
