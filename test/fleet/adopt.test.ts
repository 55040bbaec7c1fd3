import { describe, expect, test } from "bun:test";
import { adoptBinding, adoptListings, adoptServer, type SharedServer } from "../../src/fleet/adopt.ts";
import { takeChanges } from "../../src/fleet/changes.ts";
import { toSavedChanges, toSavedServer } from "../../src/fleet/saved-state.ts";
import { findRoom } from "../../src/fleet/spaces.ts";
import type { Fleet } from "../../src/fleet/state.ts";
import { connect, createTestFleet, findServer, report } from "./fixture.ts";

/** What a gateway tells of a server that reports to it. */
function tell(fleet: Fleet, endpoint: string, silentMs = 0): SharedServer {
  const server = findServer(fleet, endpoint);
  // As it travels.
  const known = JSON.parse(JSON.stringify(toSavedServer(server)));
  return { known, silentMs, listed: server.listed, report: server.shown };
}

/** Two fleets, of which the first has a server. */
function createPair(): { here: Fleet; there: Fleet } {
  const here = createTestFleet();
  report(here, "one:1", {}, 1_000);
  return { here, there: createTestFleet() };
}

describe("a server that reports to another gateway", () => {
  test("gets rooms here", () => {
    const { here, there } = createPair();
    adoptServer(there, tell(here, "one:1"), 1_000);
    expect(connect(there, "lobby", "ann", 1_001).endpoint).toBe("one:1");
  });

  test("has what it lists kept here", () => {
    const { here, there } = createPair();
    const server = adoptServer(there, tell(here, "one:1"), 1_000);
    const group = adoptBinding(there, { pool: "default", namespace: "acme", tag: "lobby" }, server);
    takeChanges(there);
    adoptListings(there, group, [{ name: "lobby", customer: "acme", peers: 3 }], 1_001);
    takeChanges(there);
    adoptListings(there, group, [{ name: "lobby", customer: "acme", peers: 4 }], 1_002);
    expect(toSavedChanges(takeChanges(there)).listings).toEqual([[server.id, [["acme", "acme", ["lobby", 4]]]]]);
    // As with every slot that another gateway tells of.
    adoptListings(there, group, [{ name: "lobby", customer: "acme", peers: 4 }], 1_003);
    expect(takeChanges(there).listings.size).toBe(0);
    adoptListings(there, group, [{ name: "lobby", customer: "acme", peers: undefined }], 1_004);
    expect(toSavedChanges(takeChanges(there)).listings).toEqual([[server.id, undefined]]);
  });

  test("is disabled here too when nobody hears it any more", () => {
    const { here, there } = createPair();
    adoptServer(there, tell(here, "one:1", 500), 1_000);
    expect(() => connect(there, "lobby", "ann", 8_100)).toThrow("no server");
  });

  test("is not made older by news that are late", () => {
    const { here, there } = createPair();
    adoptServer(there, tell(here, "one:1"), 1_000);
    adoptServer(there, tell(here, "one:1", 5_000), 1_001);
    expect(findServer(there, "one:1").lastSeenAt).toBe(1_000);
  });

  test("is known with its keys by an event, once", () => {
    const { here, there } = createPair();
    findServer(here, "one:1").keys = ["key-1"];
    adoptServer(there, tell(here, "one:1"), 1_000);
    adoptServer(there, tell(here, "one:1"), 1_001);
    expect(there.events.filter(({ type }) => type === "server.registered")).toMatchObject([{ keys: ["key-1"] }]);
  });

  test("drains here while it drains there", () => {
    const { here, there } = createPair();
    findServer(here, "one:1").draining = {};
    adoptServer(there, tell(here, "one:1"), 1_000);
    expect(() => connect(there, "lobby", "ann", 1_001)).toThrow("no server");
    findServer(here, "one:1").draining = undefined;
    adoptServer(there, tell(here, "one:1"), 1_002);
    expect(connect(there, "lobby", "ann", 1_003).endpoint).toBe("one:1");
  });
});

describe("rooms that a server lists to another gateway", () => {
  test("count here, and no longer when they are gone", () => {
    const { here, there } = createPair();
    const server = adoptServer(there, tell(here, "one:1"), 1_000);
    const group = adoptBinding(there, { pool: "default", namespace: "acme", tag: "lobby" }, server);
    adoptListings(there, group, [{ name: "lobby", customer: "acme", peers: 3 }], 1_000);
    expect(there.usages.get("acme")).toMatchObject({ rooms: 1, peers: 3 });
    adoptListings(there, group, [{ name: "lobby", customer: "acme", peers: 5 }], 1_001);
    expect(there.usages.get("acme")).toMatchObject({ rooms: 1, peers: 5 });
    adoptListings(there, group, [{ name: "lobby", customer: "acme", peers: undefined }], 1_002);
    expect(there.usages.get("acme")).toBeUndefined();
    expect(group.slot).toBe(-1);
  });

  test("stay, without peers, while somebody is on the way there", () => {
    const { here, there } = createPair();
    const server = adoptServer(there, tell(here, "one:1"), 1_000);
    connect(there, "lobby", "ann", 1_000);
    const group = adoptBinding(there, { pool: "default", namespace: "acme", tag: "lobby" }, server);
    adoptListings(there, group, [{ name: "lobby", customer: "acme", peers: undefined }], 1_001);
    expect(there.usages.get("acme")).toMatchObject({ rooms: 1, peers: 0, reserved: 1 });
  });

  test("are missed by the first report that comes here without them", () => {
    const { here, there } = createPair();
    const server = adoptServer(there, { ...tell(here, "one:1"), listed: { rooms: 2, peers: 5 } }, 1_000);
    for (const [name, peers] of [
      ["red", 3],
      ["blue", 2],
    ] as const) {
      const group = adoptBinding(there, { pool: "default", namespace: "acme", tag: name }, server);
      adoptListings(there, group, [{ name, customer: "acme", peers }], 1_000);
    }
    report(there, "one:1", { red: 3 }, 1_500);
    expect(findRoom(there, "default", "acme", "blue")).toBeUndefined();
    expect(there.usages.get("acme")).toMatchObject({ rooms: 1, peers: 3 });
  });

  test("go with their group when it is bound elsewhere", () => {
    const { here, there } = createPair();
    report(here, "two:1", {}, 1_000);
    const one = adoptServer(there, tell(here, "one:1"), 1_000);
    const two = adoptServer(there, tell(here, "two:1"), 1_000);
    const of = { pool: "default", namespace: "acme", tag: "lobby" };
    adoptListings(there, adoptBinding(there, of, one), [{ name: "lobby", customer: "acme", peers: 3 }], 1_000);
    adoptListings(there, adoptBinding(there, of, two), [{ name: "lobby", customer: "acme", peers: 4 }], 1_001);
    expect(findRoom(there, "default", "acme", "lobby")?.group.server.endpoint).toBe("two:1");
    expect(there.usages.get("acme")).toMatchObject({ rooms: 1, peers: 4 });
  });
});
