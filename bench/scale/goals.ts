import type { Goal } from "../figures.ts";
import type { FleetSize } from "../fleet.ts";

const MILLION = 1_000_000;

/** What is measured of a fleet that reports to the binary, with its unit. */
export const SCALE_METRICS = {
  "CPU share of one core, reports alone": "%",
  "CPU share with Connects and probes": "%",
  RSS: "MB",
  "RSS per room": "bytes",
  "Connect p50": "µs",
  "Connect p99": "µs",
  "loop delay p99.9": "ms",
  "loop delay worst": "ms",
  "reports late": "%",
} as const;

/** One of them. */
export type ScaleMetric = keyof typeof SCALE_METRICS;

const GOALS_OF_100_000: Partial<Record<ScaleMetric, Goal>> = {
  "CPU share of one core, reports alone": { of: "value", atMost: 8 },
  "Connect p99": { of: "ratio", atMost: 3 },
};
const GOALS_OF_A_MILLION: Partial<Record<ScaleMetric, Goal>> = {
  RSS: { of: "value", atMost: 500 },
  "loop delay p99.9": { of: "value", atMost: 25 },
  "loop delay worst": { of: "value", atMost: 150 },
};

/** Cost of a room in the largest fleet by that in the smallest. */
export const FLATNESS_GOAL: Goal = { of: "value", atMost: 1.3 };

/** What a metric has to be with a fleet; undefined if it is free. */
export function findScaleGoal({ servers, roomsPerServer }: FleetSize, metric: ScaleMetric): Goal | undefined {
  const rooms = servers * roomsPerServer;
  if (rooms === MILLION) return GOALS_OF_A_MILLION[metric];
  return servers === 100 && roomsPerServer === 1_000 ? GOALS_OF_100_000[metric] : undefined;
}
