import { describe, expect, test } from "bun:test";
import { banClient, closeRoom, sendMessage, updateRoom } from "../../src/fleet/admin.ts";
import { connect, createTestFleet, report } from "./fixture.ts";
import { ROOM, update } from "./room-calls.ts";

describe("tasks", () => {
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
});
