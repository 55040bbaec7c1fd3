import type { Metrics } from "./measure.ts";
import { POLICIES, SCENARIOS } from "./scenarios.ts";
import { type RunOptions, TIMELINE } from "./world.ts";

/** Means over the seeds, by policy. */
export interface Comparison {
  readonly scenario: string;
  readonly seeds: number;
  readonly gateways: number;
  readonly policies: Readonly<Record<string, Metrics>>;
}

/** A run as it goes to a worker. */
export interface RunOrder {
  readonly scenario: string;
  readonly policy: string;
  readonly gateways: number;
  readonly seed: number;
}

const COLUMNS: readonly (readonly [keyof Metrics, string, number])[] = [
  ["overloadedServerSecondsPct", "overloaded %", 2],
  ["joinsToOverloadedPct", "joins to them %", 2],
  ["maxOverMean", "max/mean", 3],
  ["cov", "cov", 3],
  ["p99Load", "p99 load", 3],
  ["newcomerPeak", "newcomer", 2],
  ["rebalanceSec", "rebalance s", 1],
  ["overAdmissions", "over", 0],
  ["splitRooms", "split", 0],
  ["picksPerSec", "picks/s", 0],
];

/** The options of the run that an order means; throws an Error if it names what there is not. */
export function toRunOptions({ scenario, policy, gateways, seed }: RunOrder): RunOptions {
  const world = SCENARIOS[scenario];
  const settings = POLICIES[policy];
  if (!world) throw new Error(`there is no scenario "${scenario}": ${Object.keys(SCENARIOS).join(", ")}`);
  if (!settings) throw new Error(`there is no policy "${policy}": ${Object.keys(POLICIES).join(", ")}`);
  return { scenario: world, policy: settings, gateways, seed, untilSec: TIMELINE.end };
}

/** Runs every policy with every seed, on all processors. */
export async function compare(options: {
  scenario: string;
  gateways: number;
  seeds: number;
  policies: readonly string[];
}): Promise<Comparison> {
  const { scenario, gateways, seeds, policies } = options;
  const orders = policies.flatMap((policy) =>
    Array.from({ length: seeds }, (_, i): RunOrder => ({ scenario, policy, gateways, seed: i + 1 })),
  );
  for (const order of orders) toRunOptions(order);
  const runs = new Map<string, Metrics[]>(policies.map((policy) => [policy, []]));
  const queue = orders.values();
  const work = async () => {
    const worker = new Worker(new URL("./run-worker.ts", import.meta.url));
    for (const order of queue) runs.get(order.policy)?.push(await ask(worker, order));
    worker.terminate();
  };
  await Promise.all(Array.from({ length: Math.max(1, navigator.hardwareConcurrency) }, work));
  return {
    scenario,
    seeds,
    gateways,
    policies: Object.fromEntries([...runs].map(([policy, metrics]) => [policy, toMeans(metrics)])),
  };
}

/** The mean of each figure. */
export function toMeans(runs: readonly Metrics[]): Metrics {
  const means = COLUMNS.map(([name]) => [name, runs.reduce((sum, run) => sum + run[name], 0) / runs.length]);
  return Object.fromEntries(means) as Metrics;
}

/** The figures as a table for people. */
export function formatTable({ scenario, seeds, gateways, policies }: Comparison): string {
  const rows = Object.entries(policies).map(([policy, metrics]) => [
    policy,
    ...COLUMNS.map(([name, , digits]) => metrics[name].toFixed(digits)),
  ]);
  const table = [["policy", ...COLUMNS.map(([, title]) => title)], ...rows];
  const lines = table.map(([policy = "", ...cells]) =>
    [policy.padEnd(26), ...cells.map((cell, i) => cell.padStart(Math.max(COLUMNS[i]?.[1].length ?? 0, 6) + 2))].join(
      "",
    ),
  );
  return [`${scenario}: mean of ${seeds} seeds, gateways: ${gateways}`, ...lines].join("\n");
}

function ask(worker: Worker, order: RunOrder): Promise<Metrics> {
  const { promise, resolve, reject } = Promise.withResolvers<Metrics>();
  worker.onmessage = ({ data }: MessageEvent<Metrics>) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
  worker.postMessage(order);
  return promise;
}
