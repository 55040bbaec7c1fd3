import { describe, expect, test } from "bun:test";
import { type Candidate, estimateLoad, pickServer } from "../../src/fleet/placement.ts";
import { createSeededRandom } from "../../src/sim/random.ts";
import { connect, createTestFleet, report } from "./fixture.ts";

const candidate = (load: number, more: Partial<Candidate> = {}): Candidate => ({
  load,
  clients: 0,
  joinsSinceReport: 0,
  capacity: {},
  ...more,
});

function countPicks(candidates: Candidate[], picks: number): number[] {
  const random = createSeededRandom(7);
  const counts = candidates.map(() => 0);
  for (let i = 0; i < picks; i++) {
    const picked = pickServer(new Set(candidates), random);
    const index = picked === undefined ? -1 : candidates.indexOf(picked);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

describe("pickServer", () => {
  test("gives nothing when there is no candidate, and the only one when there is one", () => {
    const only = candidate(5);
    expect(pickServer(new Set<Candidate>(), Math.random)).toBeUndefined();
    expect(pickServer(new Set([only]), Math.random)).toBe(only);
  });

  test("prefers the less loaded", () => {
    const [light = 0, middle = 0, heavy = 0] = countPicks([candidate(0.1), candidate(0.5), candidate(0.9)], 3_000);
    expect(light).toBeGreaterThan(middle * 3);
    expect(heavy).toBe(0);
  });

  test("spreads over all servers when all of them are full", () => {
    const counts = countPicks(
      [1, 1, 1.2, 1].map((load) => candidate(load)),
      2_000,
    );
    expect(counts[2]).toBe(0);
    for (const count of [counts[0], counts[1], counts[3]]) expect(count).toBeGreaterThan(400);
  });
});

describe("estimateLoad", () => {
  test("adds the joins since the report, at the server's own load per client once it has twenty", () => {
    expect(estimateLoad(candidate(0.2, { joinsSinceReport: 50 }))).toBeCloseTo(0.3);
    expect(estimateLoad(candidate(0.4, { clients: 40, joinsSinceReport: 10 }))).toBeCloseTo(0.5);
  });

  test("is never below the share of the clients that the server's config allows", () => {
    expect(estimateLoad(candidate(0.1, { clients: 90, joinsSinceReport: 10, capacity: { maxClients: 100 } }))).toBe(1);
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
