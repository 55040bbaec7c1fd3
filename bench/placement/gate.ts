import type { Comparison } from "./compare.ts";

/** What the default has to keep to in the heavy scenario; with several gateways other bounds hold. */
const MAX_SHARE_OF_WEIGHTED = 1 / 6;
const MAX_OVER_MEAN = 1.4;
const MAX_NEWCOMER_PEAK = 0.5;
const MAX_OVERLOADED_PCT_UNSYNCHRONISED = 2.5;

/** In what a comparison of the heavy scenario falls short; empty if in nothing. */
export function findFaults({ scenario, gateways, policies }: Comparison): string[] {
  const faults: string[] = [];
  const expect = (what: string, value: number, most: number) => {
    // A figure that is missing is at fault as well.
    if (!(value <= most)) faults.push(`${scenario}, gateways: ${gateways}: ${what} is ${value}, more than ${most}`);
  };
  for (const [name, { overAdmissions, splitRooms }] of Object.entries(policies)) {
    expect(`overAdmissions of ${name}`, overAdmissions, 0);
    expect(`splitRooms of ${name}`, splitRooms, 0);
  }
  const { headroom, weighted } = policies;
  if (scenario !== "heavy" || !headroom) return faults;
  if (gateways > 1) {
    expect("overloadedServerSecondsPct", headroom.overloadedServerSecondsPct, MAX_OVERLOADED_PCT_UNSYNCHRONISED);
    return faults;
  }
  expect("maxOverMean", headroom.maxOverMean, MAX_OVER_MEAN);
  expect("newcomerPeak", headroom.newcomerPeak, MAX_NEWCOMER_PEAK);
  if (!weighted) return faults;
  for (const figure of ["overloadedServerSecondsPct", "joinsToOverloadedPct"] as const)
    expect(`${figure} by that of weighted`, headroom[figure] / weighted[figure], MAX_SHARE_OF_WEIGHTED);
  return faults;
}
