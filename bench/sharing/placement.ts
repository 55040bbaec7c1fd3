import { toMeans } from "../placement/compare.ts";
import type { Metrics } from "../placement/measure.ts";
import { POLICIES, SCENARIOS } from "../placement/scenarios.ts";
import { runWorld, TIMELINE } from "../placement/world.ts";
import { createSharedGateways } from "./world-stores.ts";

/** How many gateways, and how their placement went, the mean over the seeds. */
export interface PlacementResult {
  readonly gateways: number;
  readonly isShared: boolean;
  readonly metrics: Metrics;
}

/**
 * Runs the heavy world of the comparison of policies with one gateway, with so many on one Redis, and with as many that do not
 * know of each other; clients of a customer ask any of them.
 */
export async function comparePlacement(options: {
  redis: string;
  seeds: number;
  counts: readonly number[];
  progress: (text: string) => void;
}): Promise<PlacementResult[]> {
  const { redis, seeds, counts, progress } = options;
  const { heavy: scenario } = SCENARIOS;
  const { headroom: policy } = POLICIES;
  if (!scenario || !policy) throw new Error("there is no such world");
  const results: PlacementResult[] = [];
  for (const gateways of [1, ...counts]) {
    for (const isShared of gateways === 1 ? [false] : [true, false]) {
      const runs: Metrics[] = [];
      for (let seed = 1; seed <= seeds; seed++) {
        const run = await runWorld({
          ...{ scenario, policy, gateways, seed, untilSec: TIMELINE.end },
          // Without Redis, the clients of a room must ask one gateway, or it is split.
          ...(isShared && { isSpread: true, createGateways: (world) => createSharedGateways(redis, world) }),
        });
        const figure = run.overloadedServerSecondsPct.toFixed(3);
        progress(`placement: ${gateways} ${isShared ? "on one Redis" : "alone"}, seed ${seed}: ${figure} % overloaded`);
        runs.push(run);
      }
      results.push({ gateways, isShared, metrics: toMeans(runs) });
    }
  }
  return results;
}
