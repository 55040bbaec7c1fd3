import { describe, expect, test } from "bun:test";
import { connect, createTestFleet, report } from "./fixture.ts";

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
