import { describe, expect, test } from "bun:test";
import { banClient, closeRoom } from "../../src/fleet/admin.ts";
import { advance } from "../../src/fleet/advance.ts";
import { takeEvents } from "../../src/fleet/events.ts";
import { connect, createTestFleet, report } from "./fixture.ts";

describe("bans", () => {
  test("keep a user out until their time has passed, to the millisecond", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 1 }, 0);
    banClient(fleet, { customer: "acme", namespace: "acme", room: "a", user: "u", banSec: 2.5 }, 0);
    expect(() => connect(fleet, "a", "u", 2_499)).toThrow("user is banned until 1970-01-01T00:00:02.500Z");
    expect(connect(fleet, "a", "v", 2_499).endpoint).toBe("s1");
    expect(connect(fleet, "a", "u", 2_500).endpoint).toBe("s1");
  });

  test("of a room keep everybody out, also where no server hosts it", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 0);
    closeRoom(fleet, { customer: "acme", namespace: "acme", room: "a", banSec: 60 }, 0);
    expect(() => connect(fleet, "a", "u", 5_000)).toThrow("room is closed until 1970-01-01T00:01:00.000Z");
  });

  test("leave the other rooms of a token", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 0);
    banClient(fleet, { customer: "acme", namespace: "acme", room: "{m}a", user: "u", banSec: 60 }, 0);
    expect(connect(fleet, ["{m}a", "{m}b"], "u", 0, { maxRooms: 1 }).rooms).toEqual(["{m}b"]);
  });

  test("when every room is banned, the error names the first end", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 0);
    closeRoom(fleet, { customer: "acme", namespace: "acme", room: "{m}a", banSec: 60 }, 0);
    banClient(fleet, { customer: "acme", namespace: "acme", room: "{m}b", user: "u", banSec: 30 }, 0);
    expect(() => connect(fleet, ["{m}a", "{m}b"], "u", 0)).toThrow("user is banned until 1970-01-01T00:00:30.000Z");
  });

  test("are replaced by a later call, and ended by one with 0", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 1 }, 0);
    const ban = (banSec: number, now: number) =>
      banClient(fleet, { customer: "acme", namespace: "acme", room: "a", user: "u", banSec }, now);
    ban(600, 0);
    ban(1, 0);
    expect(connect(fleet, "a", "u", 1_000).endpoint).toBe("s1");
    ban(600, 1_000);
    ban(0, 2_000);
    expect(connect(fleet, "a", "u", 2_000).endpoint).toBe("s1");
    expect(fleet.usages.get("acme")?.bans).toBe(0);
  });

  test("leave nothing behind when they are replaced or ended again and again", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 1 }, 0);
    for (let i = 0; i < 10_000; i++) {
      const user = `u${i % 10}`;
      for (const banSec of [3_600, i % 2 === 0 ? 7_200 : 0]) {
        banClient(fleet, { customer: "acme", namespace: "acme", room: "b", user, banSec: banSec || 1 }, 0);
      }
      if (i % 3 === 0) closeRoom(fleet, { customer: "acme", namespace: "acme", room: "a", banSec: 1 }, 0);
      if (i % 3 === 1) closeRoom(fleet, { customer: "acme", namespace: "acme", room: "a", banSec: 0 }, 0);
      report(fleet, "s1", { a: 1 }, 0);
    }
    expect(fleet.deadlines.size).toBeLessThan(3_000);
    advance(fleet, 7_200_000);
    expect([fleet.bans.size, fleet.usages.get("acme")?.bans ?? 0]).toEqual([0, 0]);
  });

  test("act in every pool", () => {
    const fleet = createTestFleet({ pools: ["default", "eu"] });
    report(fleet, "s1", { a: 1 }, 0);
    report(fleet, "e1", { a: 1 }, 0, { pool: "eu" });
    closeRoom(fleet, { customer: "acme", namespace: "acme", room: "a", banSec: 60 }, 0);
    expect(() => connect(fleet, "a", "u", 0, { pool: "eu" })).toThrow("room is closed");
    expect(report(fleet, "s1", {}, 1)).toHaveLength(1);
    expect(report(fleet, "e1", {}, 1, { pool: "eu" })).toHaveLength(1);
  });

  test("have a limit for each customer, and what is over it changes nothing", () => {
    const fleet = createTestFleet({ maxBansPerCustomer: 2 });
    report(fleet, "s1", { a: 1 }, 0);
    const ban = (user: string) =>
      banClient(fleet, { customer: "acme", namespace: "acme", room: "a", user, banSec: 60 }, 0);
    ban("u1");
    ban("u2");
    ban("u2");
    expect(() => ban("u3")).toThrow("ban limit exceeded");
    expect(report(fleet, "s1", { a: 1 }, 1)).toHaveLength(3);
    expect(connect(fleet, "a", "u3", 1).endpoint).toBe("s1");
    advance(fleet, 60_000);
    expect(fleet.bans.size).toBe(0);
  });

  test("go to the server on which the room is placed later, with the time that is left", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 0);
    banClient(fleet, { customer: "acme", namespace: "acme", room: "a", user: "u", banSec: 60 }, 0);
    connect(fleet, "a", "v", 5_000);
    expect(report(fleet, "s1", { a: 1 }, 5_500)).toEqual([
      { task: "RoomBanClient", id: ["acme", "a"], user_id: "u", ban_time: { secs: 55, nanos: 0 } },
    ]);
  });

  test("of a room go to a server that lists it all the same", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 0);
    closeRoom(fleet, { customer: "acme", namespace: "acme", room: "a", banSec: 60 }, 0);
    expect(report(fleet, "s1", { a: 1 }, 10_000)).toEqual([
      { task: "RoomClose", id: ["acme", "a"], ban_time: { secs: 50, nanos: 0 } },
    ]);
  });

  test("that a server's queue has no place for are still enforced, and an event says so", () => {
    const fleet = createTestFleet({ maxQueuedTasks: 2 });
    report(fleet, "s1", {}, 0);
    for (const user of ["u1", "u2", "u3"])
      banClient(fleet, { customer: "acme", namespace: "acme", room: "a", user, banSec: 60 }, 0);
    connect(fleet, "a", "v", 0);
    expect(takeEvents(fleet)).toContainEqual({
      type: "bans.unsent",
      server: { pool: "default", endpoint: "s1" },
      room: "a",
      bans: 1,
    });
    expect(() => connect(fleet, "a", "u3", 0)).toThrow("user is banned");
  });
});
