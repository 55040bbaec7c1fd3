import { describe, expect, test } from "bun:test";
import { costOf } from "../../src/fleet/client-cost.ts";
import { estimate, estimateLoad } from "../../src/fleet/estimate.ts";
import { toRoomKey, toServerId } from "../../src/fleet/ids.ts";
import { countJoins, createJoinCounts, joinFactor } from "../../src/fleet/joins.ts";
import { type Placement, pickServer } from "../../src/fleet/placement.ts";
import type { PlacementPolicy, StrategyName } from "../../src/fleet/placement-policy.ts";
import { createRoomSizes, expectPeers, learnRoomSize } from "../../src/fleet/room-sizes.ts";
import { registerServer, setPolicy } from "../../src/fleet/servers.ts";
import type { Fleet, Server } from "../../src/fleet/state.ts";
import { createWeightTree } from "../../src/fleet/weight-tree.ts";
import { createSeededRandom } from "../../src/sim/random.ts";
import { connect, createTestFleet, PLACEMENT, POLICY, report } from "./fixture.ts";

const ROOM: Placement = { pool: "default", namespace: "acme", tags: [] };

/** A fleet whose servers have been there for long enough to get their full share. */
function createFleetWith(loads: readonly number[], placement: Partial<PlacementPolicy> = {}): Fleet {
  const fleet = createTestFleet({ placement: { ...PLACEMENT, slowStartMs: 0, ...placement } });
  for (const [i, load] of loads.entries()) report(fleet, `s${i}`, {}, 0, { load, clients: 500 * load });
  return fleet;
}

function find(fleet: Fleet, endpoint: string): Server {
  const server = fleet.servers.get(toServerId("default", endpoint));
  if (!server) throw new Error(`no server ${endpoint}`);
  return server;
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
  });

  test("leaves out a server above maxLoad until it is below resumeLoad", () => {
    const fleet = createFleetWith([0.3, 0.91]);
    const picksBusy = () => countPicks(fleet, 200)[1] ?? 0;
    expect(find(fleet, "s1").standing.isOut).toBe(true);
    expect(picksBusy()).toBe(0);
    report(fleet, "s1", {}, 0, { load: 0.81, clients: 455 });
    expect(find(fleet, "s1").standing.isOut).toBe(true);
    report(fleet, "s1", {}, 0, { load: 0.79, clients: 455 });
    expect(find(fleet, "s1").standing.isOut).toBe(false);
  });

  test("leaves out nobody who is no worse than the rest", () => {
    const fleet = createFleetWith([0.95, 0.97, 0.96, 1.3]);
    for (let i = 0; i < 4; i++) report(fleet, `s${i}`, {}, 0, { load: [0.95, 0.97, 0.96, 1.3][i] ?? 0, clients: 500 });
    expect([0, 1, 2, 3].map((i) => find(fleet, `s${i}`).standing.isOut)).toEqual([false, false, false, true]);
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

describe("what a client costs", () => {
  test("is 1/500 until it was learned, then the mean of the pool", () => {
    const fleet = createTestFleet();
    report(fleet, "s0", {}, 0, { load: 0.5, clients: 19 });
    expect(costOf(fleet, find(fleet, "s0"))).toBe(1 / 500);
    report(fleet, "s1", {}, 0, { load: 0.4, clients: 100 });
    expect(costOf(fleet, find(fleet, "s0"))).toBe(0.004);
  });

  test("is the server's own average, drawn to the mean of the pool if few clients stand behind it", () => {
    const fleet = createTestFleet();
    report(fleet, "s0", {}, 0, { load: 0.1, clients: 20 });
    report(fleet, "s1", {}, 0, { load: 0.8, clients: 800 });
    const mean = 0.9 / 820;
    expect(costOf(fleet, find(fleet, "s0"))).toBeCloseTo((0.005 * 20 + mean * 20) / 40, 10);
    report(fleet, "s1", {}, 0, { load: 0.4, clients: 800 });
    expect(find(fleet, "s1").standing.ownCost).toBeCloseTo(0.001 - 0.2 * 0.0005, 10);
  });

  test("is at most four times cheaper or dearer than the mean", () => {
    const fleet = createTestFleet();
    report(fleet, "s0", {}, 0, { load: 1, clients: 100 });
    report(fleet, "s1", {}, 0, { load: 1, clients: 10_000 });
    const mean = 2 / 10_100;
    expect(costOf(fleet, find(fleet, "s0"))).toBeCloseTo(4 * mean, 10);
    expect(costOf(fleet, find(fleet, "s1"))).toBeCloseTo(mean / (10_100 / 20_000), 3);
  });
});

describe("the estimate", () => {
  const noGrowth = { ...PLACEMENT, growthMs: 0 };

  test("adds tokens that no report has shown, for fifteen seconds", () => {
    const fleet = createTestFleet({ placement: noGrowth });
    report(fleet, "s0", {}, 0, { load: 0.2 });
    for (let i = 0; i < 50; i++) connect(fleet, "a", `u${i}`, 0);
    expect(estimateLoad(fleet, find(fleet, "s0"), 0)).toBeCloseTo(0.3);
    report(fleet, "s0", { a: 30 }, 5_000, { load: 0.2 });
    report(fleet, "s0", { a: 30 }, 10_000, { load: 0.2 });
    expect(estimate(fleet, find(fleet, "s0"), 10_000)).toMatchObject({ pending: 20, residue: 0 });
    report(fleet, "s0", { a: 30 }, 15_000, { load: 0.2 });
    expect(estimateLoad(fleet, find(fleet, "s0"), 15_000)).toBe(0.2);
  });

  test("ends what is pending before the slot, where slots are held for longer", () => {
    const fleet = createTestFleet({ placement: noGrowth, reservationTimeoutMs: 60_000 });
    report(fleet, "s0", {}, 0);
    connect(fleet, "a", "u", 0);
    for (const now of [5_000, 10_000, 15_000]) report(fleet, "s0", {}, now);
    expect(find(fleet, "s0").standing.pending).toBe(0);
    expect(fleet.usages.get("acme")?.reserved).toBe(1);
    connect(fleet, "a", "u", 16_000);
    expect(find(fleet, "s0").standing.pending).toBe(1);
  });

  test("keeps a third of those by whom it has more clients than before, or fewer, for one report", () => {
    const fleet = createTestFleet({ placement: noGrowth });
    report(fleet, "s0", {}, 0);
    for (let i = 0; i < 100; i++) connect(fleet, "a", `u${i}`, 0);
    report(fleet, "s0", { a: 100 }, 5_000, { load: 0.15, clients: 100 });
    expect(estimate(fleet, find(fleet, "s0"), 5_000)).toMatchObject({ pending: 0, residue: 35 });
    expect(estimateLoad(fleet, find(fleet, "s0"), 5_000)).toBeCloseTo(0.15 + 35 * 0.0015);
    report(fleet, "s0", { a: 100 }, 10_000, { load: 0.2, clients: 100 });
    expect(estimate(fleet, find(fleet, "s0"), 10_000).residue).toBe(0);
    report(fleet, "s0", { a: 80 }, 15_000, { load: 0.2, clients: 80 });
    expect(estimate(fleet, find(fleet, "s0"), 15_000).residue).toBe(-7);
    connect(fleet, "a", "u", 16_000);
    report(fleet, "s0", { a: 81 }, 20_000, { load: 0.2, clients: 180 });
    expect(estimate(fleet, find(fleet, "s0"), 20_000).residue).toBe(0.35);
  });

  test("is never below the fullest of what the server's config allows", () => {
    const fleet = createTestFleet({ placement: noGrowth });
    report(fleet, "s0", { a: 40, b: 5 }, 0, { load: 0.1, clients: 45 });
    const server = find(fleet, "s0");
    connect(fleet, "b", "u", 0);
    server.capacity = { maxClients: 92 };
    expect(estimateLoad(fleet, server, 0)).toBe(0.5);
    server.capacity = { maxRooms: 2 };
    expect(estimateLoad(fleet, server, 0)).toBe(1);
    server.capacity = { maxPeers: 46 };
    expect(estimateLoad(fleet, server, 0)).toBe(1);
  });
});

describe("growth", () => {
  /** A fleet that has seen a hundred rooms of five. */
  function createGrowing(): Fleet {
    const fleet = createTestFleet();
    for (let i = 0; i < 100; i++) learnRoomSize(fleet.roomSizes, "acme", 5);
    report(fleet, "s0", {}, 0);
    return fleet;
  }

  const growthAt = (fleet: Fleet, now: number) => estimate(fleet, find(fleet, "s0"), now).growth;

  test("of a new room is what it lacks to the usual size, and fades over a minute", () => {
    const fleet = createGrowing();
    connect(fleet, "a", "u0", 0);
    expect(growthAt(fleet, 0)).toBeCloseTo(4);
    expect(growthAt(fleet, 30_000)).toBeCloseTo(2);
    expect(growthAt(fleet, 60_000)).toBe(0);
  });

  test("is more for a room that fills fast, and less for one to which nobody came", () => {
    const fleet = createGrowing();
    connect(fleet, "slow", "u0", 0);
    report(fleet, "s0", { slow: 1 }, 6_000, { ageMs: 6_000 });
    expect(growthAt(fleet, 6_000)).toBeCloseTo((1 / (1 / 4 + 0.1)) * 0.9);
    report(fleet, "s0", { slow: 10 }, 12_000, { ageMs: 12_000 });
    expect(growthAt(fleet, 12_000)).toBeCloseTo((10 / (1 / 4 + 0.2)) * 0.8);
    report(fleet, "s0", { slow: 100 }, 18_000, { ageMs: 18_000 });
    expect(growthAt(fleet, 18_000)).toBeCloseTo(60 * 0.7);
  });

  test("ends with the room, and follows it to another server", () => {
    const fleet = createGrowing();
    connect(fleet, "a", "u0", 0);
    report(fleet, "s1", { a: 3 }, 1_000, { ageMs: 500 });
    expect(growthAt(fleet, 1_000)).toBe(0);
    expect(estimate(fleet, find(fleet, "s1"), 1_000).growth).toBeGreaterThan(3);
    report(fleet, "s1", {}, 2_000);
    report(fleet, "s1", {}, 20_000);
    expect(estimate(fleet, find(fleet, "s1"), 20_000).growth).toBe(0);
  });

  test("is learned from rooms that have grown up, by namespace, and from all where there are none", () => {
    const sizes = createRoomSizes();
    expect(expectPeers(sizes, "a", 60)).toBe(1);
    for (let i = 0; i < 10; i++) learnRoomSize(sizes, "a", 10);
    expect(expectPeers(sizes, "b", 60)).toBe(10);
    for (let i = 0; i < 10; i++) learnRoomSize(sizes, "b", 2);
    expect(expectPeers(sizes, "b", 60)).toBeCloseTo((2 * 10 + 6 * 10) / 20);
    expect(expectPeers(sizes, "a", 4)).toBe(4);
    for (let i = 0; i < 11_000; i++) learnRoomSize(sizes, `n${i}`, 2);
    expect(sizes.byNamespace.size).toBe(10_000);
  });

  test("counts the peak of a room's first minute", () => {
    const fleet = createTestFleet();
    report(fleet, "s0", { a: 7 }, 0, { ageMs: 1_000 });
    report(fleet, "s0", { a: 3 }, 60_000, { ageMs: 61_000 });
    expect(expectPeers(fleet.roomSizes, "acme", 60)).toBe(7);
    expect(fleet.rooms.get(toRoomKey("default", "acme", "a"))?.reckoned.lacking).toBe(0);
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

describe("joins that a report shows", () => {
  test("say how many other gateways place rooms", () => {
    const counts = createJoinCounts();
    expect(joinFactor(counts)).toBe(1);
    for (let i = 0; i < 200; i++) countJoins(counts, 40, 10);
    expect(joinFactor(counts)).toBeCloseTo(4, 1);
    for (let i = 0; i < 200; i++) countJoins(counts, 40, 0);
    expect(joinFactor(counts)).toBe(16);
  });

  test("are all our own where there is one gateway", () => {
    const fleet = createTestFleet();
    report(fleet, "s0", { old: 500 }, 0);
    for (let i = 0; i < 40; i++) connect(fleet, `r${i % 10}`, `u${i}`, 0);
    report(
      fleet,
      "s0",
      { old: 500, ...Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`r${i}`, 4])) },
      4_000,
      {
        ageMs: 3_000,
      },
    );
    expect(joinFactor(fleet.candidates.get("default")?.joins ?? createJoinCounts())).toBe(1);
    report(fleet, "s0", { foreign: 40, old: 500 }, 8_000, { ageMs: 3_000 });
    expect(joinFactor(fleet.candidates.get("default")?.joins ?? createJoinCounts())).toBeGreaterThan(1);
  });
});

describe("a weight tree", () => {
  test("draws each slot in proportion, and never one without weight", () => {
    const tree = createWeightTree();
    const weights = [0, 1, 0, 3, 0.5, 0, 0];
    for (const [slot, weight] of weights.entries()) tree.set(slot, weight);
    expect(tree.total()).toBe(4.5);
    const random = createSeededRandom(3);
    const counts = weights.map(() => 0);
    for (let i = 0; i < 9_000; i++) {
      const slot = tree.find(tree.total() * random());
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
    for (const [slot, weight] of weights.entries())
      expect(Math.abs((counts[slot] ?? 0) - 2_000 * weight)).toBeLessThan(150);
    expect(tree.find(4.5)).toBe(4);
    tree.set(3, 0);
    expect(tree.total()).toBe(1.5);
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
