import type { Goal } from "../figures.ts";
import type { FleetSize } from "../fleet.ts";
import type { ConnectMetric, Load } from "./rounds.ts";

const GOALS_AT_64: Partial<Record<ConnectMetric, Goal>> = {
  throughput: { of: "ratio", atLeast: 0.85 },
  "CPU per request": { of: "ratio", atMost: 1.2 },
  "main thread per request": { of: "value", atMost: 35 },
};
const GOALS_AT_HALF: Partial<Record<ConnectMetric, Goal>> = { p99: { of: "ratio", atMost: 1.5 } };

/** Throughput with a large fleet by that with a small one. */
export const FLATNESS_GOAL: Goal = { of: "value", atLeast: 0.9 };

/** Servers up to which the reports cost next to nothing, so that the limit can be compared with. */
const FEW_SERVERS = 10;
const HALF = 0.5;

/** What a metric of Connect has to be under a load; undefined if it is free. `share` is that of the limit's peak. */
export function connectGoal(
  { servers }: FleetSize,
  load: Load,
  share: number | undefined,
  metric: ConnectMetric,
): Goal | undefined {
  if (servers > FEW_SERVERS) return undefined;
  if (share === HALF) return GOALS_AT_HALF[metric];
  return share === undefined && load.connections === 64 ? GOALS_AT_64[metric] : undefined;
}
