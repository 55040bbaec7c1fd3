import { describe, expect, test } from "bun:test";
import { banClient, closeRoom } from "../../src/fleet/admin.ts";
import { advance } from "../../src/fleet/advance.ts";
import { takeEvents } from "../../src/fleet/state.ts";
import { connect, createTestFleet, report } from "./fixture.ts";

describe("admit", () => {
  test("refuses when no server has reported", () => {
    const fleet = createTestFleet();
    expect(() => connect(fleet, "a", "u", 0)).toThrow("no server available");
    expect(fleet.groups.size).toBe(0);
  });

  test("a server is eligible from its first report on", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 1_000);
    expect(connect(fleet, "a", "u", 1_000)).toEqual({ endpoint: "s1", rooms: ["a"] });
  });

  test("everybody of a room goes to its server, however loaded", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 0);
    connect(fleet, "a", "u0", 0);
    report(fleet, "s1", { a: 1 }, 5_000, { load: 3, clients: 1_500 });
    report(fleet, "s2", {}, 5_000);
    for (let i = 1; i < 20; i++) expect(connect(fleet, "a", `u${i}`, 5_000).endpoint).toBe("s1");
  });

  test("rooms of one hash tag share a server, in whatever order they come", () => {
    const fleet = createTestFleet();
    for (let i = 0; i < 20; i++) report(fleet, `s${i}`, {}, 0);
    const { endpoint } = connect(fleet, "{m}red", "u1", 0);
    expect(connect(fleet, "{m}blue", "u2", 0).endpoint).toBe(endpoint);
    expect(connect(fleet, ["{m}a", "m", "x{m}"], "u3", 0).endpoint).toBe(endpoint);
  });

  test("rooms that share no hash tag are invalid in one token", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 0);
    expect(() => connect(fleet, ["a", "b"], "u", 0)).toThrow("must share a hash tag");
    expect(fleet.rooms.size).toBe(0);
  });

  test("two namespaces' rooms of one name are different rooms, and so are two pools'", () => {
    const fleet = createTestFleet({ pools: ["default", "eu"] });
    report(fleet, "s1", {}, 0);
    report(fleet, "e1", {}, 0, { pool: "eu" });
    connect(fleet, "a", "u", 0);
    connect(fleet, "a", "u", 0, { namespace: "other", customer: "other" });
    expect(connect(fleet, "a", "u", 0, { pool: "eu" }).endpoint).toBe("e1");
    expect(fleet.rooms.size).toBe(3);
  });

  test("the preferred server is taken for a room without one, if it is enabled and in the pool", () => {
    const fleet = createTestFleet({ pools: ["default", "eu"] });
    report(fleet, "s1", {}, 0);
    report(fleet, "s2", {}, 0, { load: 0.99 });
    report(fleet, "e1", {}, 0, { pool: "eu" });
    for (let i = 0; i < 20; i++) expect(connect(fleet, `r${i}`, "u", 0, { preferredServer: "s2" }).endpoint).toBe("s2");
    expect(connect(fleet, "r0", "u", 0, { preferredServer: "s1" }).endpoint).toBe("s2");
    expect(connect(fleet, "x", "u", 0, { preferredServer: "e1" }).endpoint).not.toBe("e1");
    report(fleet, "s1", {}, 7_000);
    expect(connect(fleet, "y", "u", 8_000, { preferredServer: "s2" }).endpoint).toBe("s1");
  });
});

describe("limits", () => {
  test("hold in a burst between two reports", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 0);
    let admitted = 0;
    for (let i = 0; i < 1_000; i++) {
      try {
        connect(fleet, `room-${i % 7}`, `user-${i}`, 0, { maxPeers: 10 });
        admitted++;
      } catch (error) {
        expect(error).toMatchObject({ error: "peerLimit", message: "peer limit exceeded" });
      }
    }
    expect(admitted).toBe(10);
  });

  test("the same user of the same room renews a reservation instead of taking another", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 0);
    for (let i = 0; i < 50; i++) connect(fleet, "a", "u", i * 100, { maxPeers: 1 });
    report(fleet, "s1", {}, 5_000);
    connect(fleet, "a", "u", 9_900, { maxPeers: 1 });
    report(fleet, "s1", {}, 10_000);
    // Renewed at 9.9 s, it holds until 24.9 s.
    expect(() => connect(fleet, "a", "v", 16_000, { maxPeers: 1 })).toThrow("peer limit exceeded");
    report(fleet, "s1", {}, 20_000);
    expect(connect(fleet, "a", "v", 24_900, { maxPeers: 1 }).endpoint).toBe("s1");
  });

  test("a reservation becomes a peer when the report shows one, and frees its slot when nobody came", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 0);
    connect(fleet, "a", "u1", 0, { maxPeers: 2 });
    connect(fleet, "a", "u2", 0, { maxPeers: 2 });
    report(fleet, "s1", { a: 1 }, 5_000);
    expect(fleet.usages.get("acme")).toMatchObject({ peers: 1, reserved: 1 });
    expect(() => connect(fleet, "a", "u3", 5_000, { maxPeers: 2 })).toThrow("peer limit exceeded");
    report(fleet, "s1", { a: 1 }, 10_000);
    expect(connect(fleet, "a", "u3", 15_000, { maxPeers: 2 }).endpoint).toBe("s1");
  });

  test("a server that reports rarely holds reservations for two of its reports", () => {
    const fleet = createTestFleet({ updateIntervalMs: 20_000 });
    report(fleet, "s1", {}, 0);
    connect(fleet, "a", "u", 0, { maxPeers: 1 });
    report(fleet, "s1", {}, 20_000);
    expect(() => connect(fleet, "a", "v", 44_999, { maxPeers: 1 })).toThrow("peer limit exceeded");
    expect(connect(fleet, "a", "v", 45_000, { maxPeers: 1 }).endpoint).toBe("s1");
  });

  test("at the room limit, clients of existing rooms still get in", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 0);
    connect(fleet, "a", "u1", 0, { maxRooms: 1 });
    expect(() => connect(fleet, "b", "u2", 0, { maxRooms: 1 })).toThrow("room limit exceeded");
    expect(connect(fleet, "a", "u3", 0, { maxRooms: 1 }).rooms).toEqual(["a"]);
  });

  test("a token of several rooms takes all of its slots or none", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 0);
    expect(() => connect(fleet, ["{m}a", "{m}b", "{m}c"], "u", 0, { maxPeers: 2 })).toThrow("peer limit exceeded");
    expect(() => connect(fleet, ["{m}a", "{m}b"], "u", 0, { maxRooms: 1 })).toThrow("room limit exceeded");
    expect(fleet.usages.size).toBe(0);
    connect(fleet, ["{m}a", "{m}b"], "u", 0, { maxPeers: 2, maxRooms: 2 });
    expect(fleet.usages.get("acme")).toMatchObject({ reserved: 2, rooms: 2 });
  });

  test("a dead server's peers block nobody, and count again when it comes back", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 5 }, 0);
    report(fleet, "s2", {}, 7_000);
    expect(() => connect(fleet, "b", "u", 7_000, { maxPeers: 5 })).toThrow("peer limit exceeded");
    connect(fleet, "b", "u", 7_500, { maxPeers: 5 });
    report(fleet, "s1", { a: 5 }, 8_000);
    expect(fleet.usages.get("acme")).toMatchObject({ peers: 5, reserved: 1, rooms: 2 });
  });

  test("count the peers who are already on the server to which a room moves", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 1 }, 0);
    report(fleet, "s2", { a: 5 }, 7_000);
    expect(() => connect(fleet, "a", "u", 8_000, { maxPeers: 5 })).toThrow("peer limit exceeded");
    connect(fleet, "a", "u", 8_000, { maxPeers: 6 });
    report(fleet, "s2", { a: 5 }, 9_000);
    expect(fleet.usages.get("acme")).toMatchObject({ peers: 5, reserved: 1 });
    expect(() => connect(fleet, "a", "v", 9_000, { maxPeers: 6 })).toThrow("peer limit exceeded");
  });

  test("hold while we ourselves stood still and could take no report", () => {
    const fleet = createTestFleet({ stallMs: 2_000 });
    report(fleet, "s1", {}, 0);
    connect(fleet, "a", "u", 0, { maxPeers: 1 });
    expect(() => connect(fleet, "a", "v", 16_000, { maxPeers: 1 })).toThrow("peer limit exceeded");
    report(fleet, "s1", {}, 16_100);
    for (let now = 17_000; now < 26_000; now += 1_000) report(fleet, "s1", {}, now);
    connect(fleet, "a", "v", 26_000, { maxPeers: 1 });
  });

  test("count over all pools", () => {
    const fleet = createTestFleet({ pools: ["default", "eu"] });
    report(fleet, "s1", {}, 0);
    report(fleet, "e1", {}, 0, { pool: "eu" });
    connect(fleet, "a", "u", 0, { maxPeers: 1 });
    expect(() => connect(fleet, "a", "u", 0, { pool: "eu", maxPeers: 1 })).toThrow("peer limit exceeded");
  });

  test("a room that a report attributes to somebody else counts on its owner once they connect", () => {
    const fleet = createTestFleet();
    const rooms = [{ namespace: "acme", name: "a", customer: "mallory", peers: 3, ageMs: 0 }];
    report(fleet, "s1", {}, 0, { rooms });
    expect(fleet.usages.get("mallory")).toMatchObject({ peers: 3 });
    connect(fleet, "a", "u", 0);
    expect(fleet.usages.get("acme")).toMatchObject({ peers: 3, reserved: 1, rooms: 1 });
    expect(fleet.usages.has("mallory")).toBe(false);
  });

  test("at most so many unverified customers are there at a time, and a refused one leaves no trace", () => {
    const fleet = createTestFleet({ maxUnverifiedCustomers: 2 });
    report(fleet, "s1", {}, 0);
    const demo = (n: number) => ({ customer: `demo_${n}`, namespace: `demo_${n}` });
    connect(fleet, "a", "u", 0, demo(1));
    connect(fleet, "a", "u", 0, demo(2));
    expect(() => connect(fleet, "a", "u", 0, demo(3))).toThrow("too many unknown customers");
    expect(fleet.groups.size).toBe(2);
    report(fleet, "s1", {}, 5_000);
    report(fleet, "s1", {}, 10_000);
    expect(connect(fleet, "a", "u", 15_000, demo(3)).endpoint).toBe("s1");
    // Customers whose rooms only a report shows are unverified too.
    const rooms = [{ namespace: "demo_1", name: "a", customer: "demo_1", peers: 1, ageMs: 0 }];
    report(fleet, "s1", {}, 15_000, { rooms });
    expect(() => connect(fleet, "a", "u", 15_000, demo(4))).toThrow("too many unknown customers");
  });
});

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
