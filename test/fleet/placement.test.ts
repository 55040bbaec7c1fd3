import { describe, expect, test } from "bun:test";
import { type Placement, pickServer } from "../../src/fleet/placement.ts";
import type { PlacementPolicy, StrategyName } from "../../src/fleet/placement-policy.ts";
import { registerServer, setPolicy } from "../../src/fleet/servers.ts";
import type { Fleet } from "../../src/fleet/state.ts";
import { connect, createTestFleet, findServer, PLACEMENT, POLICY, report } from "./fixture.ts";

const ROOM: Placement = { pool: "default", namespace: "acme", tags: [] };

/** A fleet whose servers have been there for long enough to get their full share. */
function createFleetWith(loads: readonly number[], placement: Partial<PlacementPolicy> = {}): Fleet {
  const fleet = createTestFleet({ placement: { ...PLACEMENT, slowStartMs: 0, ...placement } });
  for (const [i, load] of loads.entries()) report(fleet, `s${i}`, {}, 0, { load, clients: 500 * load });
  return fleet;
}

function countPicks(fleet: Fleet, picks: number, placement = ROOM): number[] {
  const counts = [...fleet.servers.values()].map(() => 0);
  for (let i = 0; i < picks; i++) {
    const index = Number(pickServer(fleet, placement, 0)?.endpoint.slice(1));
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

describe("a pick", () => {
  test("is nothing when there is no server, and the only one when there is one", () => {
    expect(pickServer(createTestFleet(), ROOM, 0)).toBeUndefined();
    expect(pickServer(createFleetWith([5]), ROOM, 0)?.endpoint).toBe("s0");
  });

  const strategies: readonly [StrategyName, (counts: readonly number[]) => boolean][] = [
    ["random", (counts) => counts.every((count) => count > 900)],
    ["round-robin", (counts) => counts.every((count) => count === 1_000)],
    ["weighted", ([a = 0, b = 0, c = 0]) => a > 1.5 * b && b > 3 * c && c > 100],
    ["least-loaded", ([a]) => a === 3_000],
    ["two-choice", ([a = 0, b = 0, c]) => a > 1.8 * b && b > 900 && c === 0],
    ["headroom", ([a = 0, b = 0, c]) => a > 3 * b && b > 100 && c === 0],
  ];
  test.each(strategies)("by %s is as its name says", (strategy, holds) => {
    const counts = countPicks(createFleetWith([0.1, 0.5, 0.89], { strategy }), 3_000);
    expect([counts, holds(counts)]).toEqual([counts, true]);
  });

  test("prefers the larger of two that are as loaded", () => {
    const fleet = createTestFleet({ placement: { ...PLACEMENT, slowStartMs: 0 } });
    report(fleet, "s0", {}, 0, { load: 0.5, clients: 200 });
    report(fleet, "s1", {}, 0, { load: 0.5, clients: 800 });
    report(fleet, "s2", {}, 0, { load: 0.5, clients: 200 });
    const [small = 0, large = 0] = countPicks(fleet, 3_000);
    expect(large).toBeGreaterThan(3 * small);
    const weights = findServer(fleet, "s0").standing.places[0]?.set.weights;
    expect((weights?.get(1) ?? 0) / (weights?.get(0) ?? 0)).toBeGreaterThan(3);
  });

  test("leaves out a server above maxLoad until it is below resumeLoad", () => {
    const fleet = createFleetWith([0.3, 0.91]);
    const picksBusy = () => countPicks(fleet, 200)[1] ?? 0;
    expect(findServer(fleet, "s1").standing.isOut).toBe(true);
    expect(picksBusy()).toBe(0);
    report(fleet, "s1", {}, 0, { load: 0.81, clients: 455 });
    expect(findServer(fleet, "s1").standing.isOut).toBe(true);
    report(fleet, "s1", {}, 0, { load: 0.79, clients: 455 });
    expect(findServer(fleet, "s1").standing.isOut).toBe(false);
  });

  test("leaves out nobody who is no worse than the rest", () => {
    const fleet = createFleetWith([0.95, 0.97, 0.96, 1.3]);
    for (let i = 0; i < 4; i++) report(fleet, `s${i}`, {}, 0, { load: [0.95, 0.97, 0.96, 1.3][i] ?? 0, clients: 500 });
    expect([0, 1, 2, 3].map((i) => findServer(fleet, `s${i}`).standing.isOut)).toEqual([false, false, false, true]);
    const even = createFleetWith([0.91, 0.93, 0.95]);
    expect([0, 1, 2].map((i) => findServer(even, `s${i}`).standing.isOut)).toEqual([false, false, false]);
  });

  test("is refused with `refuse` when all are out", () => {
    const fleet = createFleetWith([0.95, 0.97], { overload: "refuse" });
    expect(pickServer(fleet, ROOM, 0)).toBeUndefined();
    expect(() => connect(fleet, "a", "u", 0)).toThrow("no server available");
    report(fleet, "s1", {}, 0, { load: 0.5, clients: 250 });
    expect(connect(fleet, "a", "u", 0).endpoint).toBe("s1");
  });

  test("is the least loaded when none has weight", () => {
    const fleet = createTestFleet();
    report(fleet, "s0", {}, 0, { load: 0.7 });
    report(fleet, "s1", {}, 0, { load: 0.5 });
    expect(countPicks(fleet, 100)).toEqual([0, 100]);
  });

  test("keeps to servers that carry all tags, also those that came, changed or went since", () => {
    const fleet = createTestFleet({ placement: { ...PLACEMENT, strategy: "random" } });
    const register = (endpoint: string, tags: string[]) => {
      const more = { pool: "default", version: "1", reportIntervalMs: 5_000, capacity: {}, keys: [] };
      registerServer(fleet, { endpoint, tags, ...more }, 0);
      report(fleet, endpoint, {}, 0);
    };
    const tagged = { ...ROOM, tags: ["eu", "big"] };
    expect(pickServer(fleet, tagged, 0)).toBeUndefined();
    register("s0", ["eu"]);
    register("s1", ["big", "eu"]);
    register("s2", []);
    expect(countPicks(fleet, 50, tagged)).toEqual([0, 50, 0]);
    register("s0", ["eu", "big"]);
    register("s1", []);
    expect(countPicks(fleet, 50, tagged)).toEqual([50, 0, 0]);
    setPolicy(fleet, POLICY, () => true);
    expect(countPicks(fleet, 50, tagged)).toEqual([50, 0, 0]);
    expect(countPicks(fleet, 300).every((count) => count > 50)).toBe(true);
    setPolicy(fleet, POLICY, ({ endpoint }) => endpoint !== "s0");
    expect(pickServer(fleet, tagged, 0)).toBeUndefined();
  });
});

describe("slow start", () => {
  test("fills a new server up to a load that grows for a minute", () => {
    const fleet = createTestFleet();
    for (let now = 0; now <= 100_000; now += 5_000) report(fleet, "s0", {}, now, { load: 0.8, clients: 400 });
    report(fleet, "s1", {}, 100_000, { load: 0.09, clients: 45 });
    expect(countPicks(fleet, 100)[1]).toBeGreaterThan(0);
    report(fleet, "s1", {}, 100_000, { load: 0.11, clients: 45 });
    expect(countPicks(fleet, 100)[1]).toBe(0);
    for (let now = 105_000; now <= 130_000; now += 5_000) {
      report(fleet, "s0", {}, now, { load: 0.8, clients: 400 });
      report(fleet, "s1", {}, now, { load: 0.5, clients: 200 });
    }
    expect(countPicks(fleet, 100)[1]).toBeGreaterThan(0);
  });
});

describe("placement of new rooms between two reports", () => {
  test("500 rooms on 50 equal servers: nobody gets much more than the mean", () => {
    const fleet = createTestFleet();
    for (let i = 0; i < 50; i++) report(fleet, `s${i}`, {}, 0);
    const counts = new Map<string, number>();
    for (let i = 0; i < 500; i++) {
      const { endpoint } = connect(fleet, `room-${i}`, "u", 0);
      counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1);
    }
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(13);
    expect(counts.size).toBe(50);
  });

  test("200 rooms on 4 servers that are all full spread over them", () => {
    const fleet = createTestFleet();
    for (let i = 0; i < 4; i++) report(fleet, `s${i}`, {}, 0, { load: 1.1, clients: 550 });
    const counts = new Map<string, number>();
    for (let i = 0; i < 200; i++) {
      const { endpoint } = connect(fleet, `room-${i}`, "u", 0);
      counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(count).toBeGreaterThan(40);
  });
});
