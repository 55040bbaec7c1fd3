import { describe, expect, test } from "bun:test";
import { costOf } from "../../src/fleet/client-cost.ts";
import { estimate, estimateLoad } from "../../src/fleet/estimate.ts";
import { countJoins, createJoinCounts, joinFactor } from "../../src/fleet/joins.ts";
import { createRoomSizes, expectPeers, learnRoomSize } from "../../src/fleet/room-sizes.ts";
import { findRoom } from "../../src/fleet/spaces.ts";
import type { Fleet } from "../../src/fleet/state.ts";
import { connect, createTestFleet, findServer, PLACEMENT, report } from "./fixture.ts";

describe("what a client costs", () => {
  test("is 1/500 until it was learned, then the mean of the pool", () => {
    const fleet = createTestFleet();
    report(fleet, "s0", {}, 0, { load: 0.5, clients: 19 });
    expect(costOf(fleet, findServer(fleet, "s0"))).toBe(1 / 500);
    report(fleet, "s1", {}, 0, { load: 0.4, clients: 100 });
    expect(costOf(fleet, findServer(fleet, "s0"))).toBe(0.004);
  });

  test("is the server's own average, drawn to the mean of the pool if few clients stand behind it", () => {
    const fleet = createTestFleet();
    report(fleet, "s0", {}, 0, { load: 0.1, clients: 20 });
    report(fleet, "s1", {}, 0, { load: 0.8, clients: 800 });
    const mean = 0.9 / 820;
    expect(costOf(fleet, findServer(fleet, "s0"))).toBeCloseTo((0.005 * 20 + mean * 20) / 40, 10);
    report(fleet, "s1", {}, 0, { load: 0.4, clients: 800 });
    expect(findServer(fleet, "s1").standing.ownCost).toBeCloseTo(0.001 - 0.2 * 0.0005, 10);
  });

  test("is not told for a pool by one server whose load cannot be", () => {
    const fleet = createTestFleet();
    for (const honest of ["s0", "s1", "s2"]) report(fleet, honest, {}, 0, { load: 0.5, clients: 250 });
    report(fleet, "liar", {}, 0, { load: 100, clients: 100 });
    expect(costOf(fleet, findServer(fleet, "s0"))).toBeLessThan(0.005);
    // Too loaded for new rooms is too loaded, whatever the mean of the pool would be with that one.
    report(fleet, "s2", {}, 5_000, { load: 1.5, clients: 250 });
    expect(findServer(fleet, "s2").standing.isOut).toBe(true);
    for (let i = 0; i < 50; i++) expect(["s0", "s1"]).toContain(connect(fleet, `r${i}`, "u", 5_000).endpoint);
  });

  test("is at most four times cheaper or dearer than the mean", () => {
    const fleet = createTestFleet();
    report(fleet, "s0", {}, 0, { load: 1, clients: 100 });
    report(fleet, "s1", {}, 0, { load: 1, clients: 10_000 });
    const mean = 2 / 10_100;
    expect(costOf(fleet, findServer(fleet, "s0"))).toBeCloseTo(4 * mean, 10);
    expect(costOf(fleet, findServer(fleet, "s1"))).toBeCloseTo(mean / (10_100 / 20_000), 3);
  });
});

describe("the estimate", () => {
  const noGrowth = { ...PLACEMENT, growthMs: 0 };

  test("adds tokens that no report has shown, for fifteen seconds", () => {
    const fleet = createTestFleet({ placement: noGrowth });
    report(fleet, "s0", {}, 0, { load: 0.2 });
    for (let i = 0; i < 50; i++) connect(fleet, "a", `u${i}`, 0);
    expect(estimateLoad(fleet, findServer(fleet, "s0"), 0)).toBeCloseTo(0.3);
    report(fleet, "s0", { a: 30 }, 5_000, { load: 0.2 });
    report(fleet, "s0", { a: 30 }, 10_000, { load: 0.2 });
    expect(estimate(fleet, findServer(fleet, "s0"), 10_000)).toMatchObject({ pending: 20, residue: 0 });
    report(fleet, "s0", { a: 30 }, 15_000, { load: 0.2 });
    expect(estimateLoad(fleet, findServer(fleet, "s0"), 15_000)).toBe(0.2);
  });

  test("ends what is pending before the slot, where slots are held for longer", () => {
    const fleet = createTestFleet({ placement: noGrowth, reservationTimeoutMs: 60_000 });
    report(fleet, "s0", {}, 0);
    connect(fleet, "a", "u", 0);
    for (const now of [5_000, 10_000, 15_000]) report(fleet, "s0", {}, now);
    expect(findServer(fleet, "s0").standing.pending).toBe(0);
    expect(fleet.usages.get("acme")?.reserved).toBe(1);
    connect(fleet, "a", "u", 16_000);
    expect(findServer(fleet, "s0").standing.pending).toBe(1);
  });

  test("keeps a third of those by whom it has more clients than before, or fewer, for one report", () => {
    const fleet = createTestFleet({ placement: noGrowth });
    report(fleet, "s0", {}, 0);
    for (let i = 0; i < 100; i++) connect(fleet, "a", `u${i}`, 0);
    report(fleet, "s0", { a: 100 }, 5_000, { load: 0.15, clients: 100 });
    expect(estimate(fleet, findServer(fleet, "s0"), 5_000)).toMatchObject({ pending: 0, residue: 35 });
    expect(estimateLoad(fleet, findServer(fleet, "s0"), 5_000)).toBeCloseTo(0.15 + 35 * 0.0015);
    report(fleet, "s0", { a: 100 }, 10_000, { load: 0.2, clients: 100 });
    expect(estimate(fleet, findServer(fleet, "s0"), 10_000).residue).toBe(0);
    report(fleet, "s0", { a: 80 }, 15_000, { load: 0.2, clients: 80 });
    expect(estimate(fleet, findServer(fleet, "s0"), 15_000).residue).toBe(-7);
    connect(fleet, "a", "u", 16_000);
    report(fleet, "s0", { a: 81 }, 20_000, { load: 0.2, clients: 180 });
    expect(estimate(fleet, findServer(fleet, "s0"), 20_000).residue).toBe(0.35);
  });

  test("is never below the fullest of what the server's config allows", () => {
    const fleet = createTestFleet({ placement: noGrowth });
    report(fleet, "s0", { a: 40, b: 5 }, 0, { load: 0.1, clients: 45 });
    const server = findServer(fleet, "s0");
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

  const growthAt = (fleet: Fleet, now: number) => estimate(fleet, findServer(fleet, "s0"), now).growth;

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
    expect(estimate(fleet, findServer(fleet, "s1"), 1_000).growth).toBeGreaterThan(3);
    report(fleet, "s1", {}, 2_000);
    report(fleet, "s1", {}, 20_000);
    expect(estimate(fleet, findServer(fleet, "s1"), 20_000).growth).toBe(0);
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

  test("of a room that has grown up is over, and takes nothing from that of others, also while no report comes", () => {
    const fleet = createGrowing();
    report(fleet, "s0", { old: 1 }, 5_000, { ageMs: 5_000 });
    connect(fleet, "young", "u1", 12_000);
    const youngAlone = createGrowing();
    report(youngAlone, "s0", {}, 5_000);
    connect(youngAlone, "young", "u1", 12_000);
    expect(growthAt(fleet, 30_000)).toBeGreaterThan(growthAt(youngAlone, 30_000));
    expect(growthAt(fleet, 65_000)).toBeGreaterThan(0.3);
    expect(growthAt(fleet, 65_000)).toBeCloseTo(growthAt(youngAlone, 65_000));
  });

  test("is less for a room that stays as it is from report to report", () => {
    const fleet = createGrowing();
    report(fleet, "s0", { a: 1 }, 5_000, { ageMs: 5_000 });
    const { standing } = findServer(fleet, "s0");
    const before = standing.lacking;
    report(fleet, "s0", { a: 1 }, 30_000, { ageMs: 30_000 });
    expect(standing.lacking).toBeGreaterThan(0);
    expect(standing.lacking).toBeLessThan(before);
  });

  test("of one room stays what it is when another has grown up", () => {
    const fleet = createGrowing();
    connect(fleet, "old", "u0", 0);
    report(fleet, "s0", { old: 1 }, 5_000, { ageMs: 5_000 });
    report(fleet, "s0", { old: 1 }, 55_000, { ageMs: 55_000 });
    connect(fleet, "new", "u1", 60_000);
    report(fleet, "s0", { old: 1 }, 61_000, { ageMs: 61_000 });
    const { lacking, lackingTimesBirth } = findServer(fleet, "s0").standing;
    const left = findRoom(fleet, "default", "acme", "new")?.traffic?.lacking ?? 0;
    expect(left).toBeGreaterThan(2);
    expect(lacking).toBeCloseTo(left);
    expect(lackingTimesBirth).toBeCloseTo(left * 60_000);
  });

  test("counts the peak of a room's first minute", () => {
    const fleet = createTestFleet();
    report(fleet, "s0", { a: 7 }, 0, { ageMs: 1_000 });
    report(fleet, "s0", { a: 3 }, 60_000, { ageMs: 61_000 });
    expect(expectPeers(fleet.roomSizes, "acme", 60)).toBe(7);
    expect(findRoom(fleet, "default", "acme", "a")?.traffic).toBeUndefined();
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
