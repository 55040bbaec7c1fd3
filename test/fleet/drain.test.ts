import { describe, expect, test } from "bun:test";
import { takeCensus } from "../../src/fleet/census.ts";
import { drainServer, undrainServer } from "../../src/fleet/drain.ts";
import { takeEvents } from "../../src/fleet/events.ts";
import { restoreFleet } from "../../src/fleet/restore.ts";
import { findGroup } from "../../src/fleet/spaces.ts";
import { createFleet, type Fleet } from "../../src/fleet/state.ts";
import { connect, createStateMirror, createTestFleet, POLICY, report } from "./fixture.ts";

const S1 = { endpoint: "s1" };

/** A fleet with room "a" on s1, and an idle s2. */
function createDrainable(): Fleet {
  const fleet = createTestFleet();
  report(fleet, "s1", { a: 2 }, 0);
  report(fleet, "s2", {}, 0, { load: 0.89 });
  return fleet;
}

describe("a draining server", () => {
  test("gets no new rooms, also not as the preferred one; those who join its rooms still go there", () => {
    const fleet = createDrainable();
    expect(drainServer(fleet, S1, 0)).toBe(1);
    for (let i = 0; i < 50; i++) expect(connect(fleet, `r${i}`, "u", 0, { preferredServer: "s1" }).endpoint).toBe("s2");
    expect(connect(fleet, "a", "u", 0).endpoint).toBe("s1");
  });

  test("does not keep a room that has closed, though its tokens can still be used", () => {
    const fleet = createDrainable();
    connect(fleet, "a", "u", 0);
    drainServer(fleet, S1, 0);
    for (const now of [5_000, 10_000, 16_000]) {
      report(fleet, "s1", {}, now);
      report(fleet, "s2", {}, now);
    }
    expect(fleet.groups.size).toBe(1);
    expect(connect(fleet, "a", "u", 16_000).endpoint).toBe("s2");
  });

  test("says when it has no room any more, and no token that leads there can be used", () => {
    const fleet = createDrainable();
    connect(fleet, "a", "u", 0);
    drainServer(fleet, S1, 0);
    const seen: string[] = [];
    for (let now = 5_000; now <= 700_000; now += 5_000) {
      report(fleet, "s1", now < 100_000 ? { a: 1 } : {}, now);
      for (const event of takeEvents(fleet)) if (event.type === "server.emptied") seen.push(`${now}`);
    }
    expect(seen).toEqual([`${POLICY.tokenUsableMs}`]);
    drainServer(fleet, S1, 700_000);
    expect(takeEvents(fleet)).toMatchObject([{ type: "server.draining", isEmpty: true }]);
  });

  test("is not empty while it lists a room that went elsewhere, and shows it until then", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 2 }, 0);
    report(fleet, "s2", {}, 0);
    drainServer(fleet, { ...S1, deadline: 1_000 }, 0);
    expect(connect(fleet, "a", "u", 2_000).endpoint).toBe("s2");
    const shown = () => takeCensus(fleet, 2_000).servers.find(({ endpoint }) => endpoint === "s1");
    expect(shown()).toMatchObject({ rooms: 1, peers: 2 });
    takeEvents(fleet);
    report(fleet, "s1", { a: 2 }, 5_000);
    expect(takeEvents(fleet).map(({ type }) => type)).not.toContain("server.emptied");
    report(fleet, "s1", {}, 10_000);
    expect(takeEvents(fleet).map(({ type }) => type)).toContain("server.emptied");
    report(fleet, "s1", {}, 15_000);
    expect(takeEvents(fleet).map(({ type }) => type)).not.toContain("server.emptied");
    expect(shown()).toMatchObject({ rooms: 0, peers: 0 });
  });

  test("of which nobody hears is not said to be empty", () => {
    const fleet = createDrainable();
    drainServer(fleet, S1, 0);
    for (let now = 5_000; now <= 700_000; now += 5_000) report(fleet, "s2", {}, now);
    const types = takeEvents(fleet).map(({ type }) => type);
    expect(types).toContain("server.removed");
    expect(types).not.toContain("server.emptied");
  });

  test("that is the only one leaves new rooms without a server", () => {
    const fleet = createTestFleet();
    report(fleet, "s1", { a: 1 }, 0);
    drainServer(fleet, S1, 0);
    expect(() => connect(fleet, "b", "u", 0)).toThrow("no server available");
  });

  test("is told to close its rooms from the deadline on, and they move", () => {
    const fleet = createDrainable();
    drainServer(fleet, { ...S1, deadline: 8_000 }, 0);
    expect(report(fleet, "s1", { a: 2 }, 5_000)).toEqual([]);
    report(fleet, "s2", {}, 5_000);
    const close = { task: "RoomClose", id: ["acme", "a"], ban_time: { secs: 5, nanos: 0 } } as const;
    expect(report(fleet, "s1", { a: 2 }, 10_000)).toEqual([close]);
    expect(connect(fleet, "a", "u", 10_500).endpoint).toBe("s2");
    // It lists the room once more: neither does it get it back, nor may it keep it.
    expect(report(fleet, "s1", { a: 2 }, 11_000)).toEqual([close]);
    expect(findGroup(fleet, "default", "acme", "a")?.server.endpoint).toBe("s2");
    expect(connect(fleet, "a", "v", 11_000).endpoint).toBe("s2");
    expect(report(fleet, "s1", {}, 12_000)).toEqual([]);
  });

  test("gets rooms again when it is undrained", () => {
    const fleet = createDrainable();
    drainServer(fleet, S1, 0);
    drainServer(fleet, { ...S1, deadline: 0 }, 0);
    expect(undrainServer(fleet, S1, 0)).toBe(1);
    expect(connect(fleet, "new", "u", 0).endpoint).toBe("s1");
    expect(report(fleet, "s1", { a: 2 }, 0)).toEqual([]);
    const types = takeEvents(fleet).map(({ type }) => type);
    expect(types.filter((type) => type.includes("drain"))).toEqual([
      "server.draining",
      "server.draining",
      "server.undrained",
    ]);
  });

  test("is one pool's, if a pool is named; one that nobody knows is none", () => {
    const fleet = createTestFleet({ pools: ["default", "eu"] });
    for (const pool of ["default", "eu"]) report(fleet, "s1", {}, 0, { pool });
    expect(drainServer(fleet, { ...S1, pool: "eu" }, 0)).toBe(1);
    expect(connect(fleet, "a", "u", 0).endpoint).toBe("s1");
    expect(() => connect(fleet, "a", "u", 0, { pool: "eu" })).toThrow("no server available");
    expect(drainServer(fleet, { endpoint: "s9" }, 0)).toBe(0);
    expect(undrainServer(fleet, { endpoint: "s9" }, 0)).toBe(0);
  });

  test("stays so over a restart", () => {
    const fleet = createDrainable();
    const kept = createStateMirror();
    drainServer(fleet, { ...S1, deadline: 8_000 }, 0);
    kept.apply(fleet);
    const next = createFleet(POLICY, () => 0.5, 1_000);
    restoreFleet(next, kept.read(), 1_000);
    expect(next.servers.values().find(({ endpoint }) => endpoint === "s1")?.draining).toEqual({ deadline: 8_000 });
    expect(connect(next, "new", "u", 1_000).endpoint).toBe("s2");
    undrainServer(next, S1, 1_000);
    kept.apply(next);
    const last = createFleet(POLICY, () => 0.5, 2_000);
    restoreFleet(last, kept.read(), 2_000);
    expect(connect(last, "newer", "u", 2_000).endpoint).toBe("s1");
  });
});
