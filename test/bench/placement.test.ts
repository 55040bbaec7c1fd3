import { describe, expect, test } from "bun:test";
import { drawBars } from "../../bench/placement/charts.ts";
import { formatTable, toMeans } from "../../bench/placement/compare.ts";
import { findFaults } from "../../bench/placement/gate.ts";
import type { Metrics } from "../../bench/placement/measure.ts";
import { POLICIES, SCENARIOS } from "../../bench/placement/scenarios.ts";
import { runWorld } from "../../bench/placement/world.ts";

async function runShort(policyName: string, seeds: readonly number[]): Promise<Metrics> {
  const { heavy } = SCENARIOS;
  const policy = POLICIES[policyName];
  if (!heavy || !policy) throw new Error(`no policy ${policyName}`);
  const runs = seeds.map((seed) => runWorld({ scenario: heavy, policy, gateways: 1, seed, untilSec: 300 }));
  return toMeans(await Promise.all(runs));
}

const toComparison = (gateways: number, policies: Record<string, Metrics>) => ({
  scenario: "heavy",
  seeds: 1,
  gateways,
  policies,
});

describe("placement in the simulated world", () => {
  test("keeps to the gate in a short run, and weighted does not come near it", async () => {
    const policies = { headroom: await runShort("headroom", [1, 2]), weighted: await runShort("weighted", [1, 2]) };
    const comparison = toComparison(1, policies);
    expect(findFaults(comparison)).toEqual([]);
    const swapped = toComparison(1, { headroom: policies.weighted, weighted: policies.headroom });
    expect(findFaults(swapped).length).toBeGreaterThan(1);
    expect(formatTable(comparison)).toContain("headroom");
    expect(drawBars([comparison])).toContain("</svg>");
  }, 30_000);

  test("gives the same run for the same seed", async () => {
    const { picksPerSec: _, ...first } = await runShort("two-choice", [1]);
    expect(await runShort("two-choice", [1])).toMatchObject(first);
  }, 30_000);
});

describe("the gate", () => {
  test("refuses split rooms, admissions over the limit, and what is missing", () => {
    const good: Metrics = {
      overloadedServerSecondsPct: 1,
      joinsToOverloadedPct: 1,
      maxOverMean: 1.1,
      cov: 0.05,
      p99Load: 0.9,
      newcomerPeak: 0.4,
      rebalanceSec: 10,
      overAdmissions: 0,
      splitRooms: 0,
      picksPerSec: 1,
    };
    expect(findFaults(toComparison(4, { headroom: good }))).toEqual([]);
    expect(findFaults(toComparison(4, { headroom: { ...good, overloadedServerSecondsPct: 3 } }))).toHaveLength(1);
    expect(findFaults(toComparison(4, { random: { ...good, splitRooms: 1, overAdmissions: 1 } }))).toHaveLength(2);
    expect(findFaults(toComparison(1, { headroom: { ...good, newcomerPeak: Number.NaN } }))).toHaveLength(1);
  });
});
