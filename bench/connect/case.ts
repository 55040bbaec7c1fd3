import { type Figure, toRatio } from "../figures.ts";
import { describeFleet } from "../fleet.ts";
import type { LoadOrder, LoadResult } from "../load/load-order.ts";
import type { AskedProcess } from "../processes/asked-process.ts";
import type { MeasuredServer } from "../processes/gateway.ts";
import { LIMIT_VARIANTS } from "../processes/limit.ts";
import type { ConnectCase, ConnectProfile } from "../profiles.ts";
import type { ReportOrder, ReportResult } from "../reports/report-order.ts";
import { connectGoal } from "./goals.ts";
import { type Contestants, findBestVariant, type Pairs, runPairs, toMedians } from "./pairs.ts";
import { CONNECT_METRICS, type ConnectMetric, createConnectRunner, type Load } from "./rounds.ts";

/** What a case is measured with. */
export interface CaseWorld {
  readonly gateway: MeasuredServer;
  readonly limit: MeasuredServer;
  readonly generator: AskedProcess<LoadOrder, LoadResult>;
  readonly reporter: AskedProcess<ReportOrder, ReportResult>;
  /** Numbers of requests: the next one. */
  readonly numbers: { next: number };
  readonly progress: (text: string) => void;
}

/** A point of the chart of latency over load. */
export interface LoadPoint {
  readonly perSecond: number;
  readonly gateway: { readonly p50: number; readonly p99: number };
  readonly limit: { readonly p50: number; readonly p99: number };
}

/** What a case gave. */
export interface CaseResult {
  readonly figures: readonly Figure[];
  /** Of the open loops, by load. */
  readonly points: readonly LoadPoint[];
  /** Throughput by the limit's, by concurrency. */
  readonly throughputs: ReadonlyMap<number, readonly number[]>;
}

const REPORT_INTERVAL_SEC = 5;
/** Share of the rooms that has other peers in each report. */
const CHANGED_SHARE = 0.1;
/** Enough for an open loop that is behind by some milliseconds. */
const OPEN_CONNECTIONS = 128;
/** An open loop runs longer, as it is about the slowest of a hundred. */
const OPEN_ROUND_FACTOR = 1.5;
/** How long each variant of the limit is tried, in rounds. */
const TRIAL_SHARE = 0.5;

/** Measures Connects under one transport and with one fleet, beside the limit. */
export async function runCase(
  world: CaseWorld,
  { tls, fleet, concurrencies, openShares }: ConnectCase,
  { rounds, roundMs, warmUp }: Omit<ConnectProfile, "cases">,
): Promise<CaseResult> {
  const name = `${tls ? "https" : "http"}, ${describeFleet(fleet)}`;
  const { reporter, gateway, progress } = world;
  const { target } = gateway;
  progress(`connect: ${name}: warming up`);
  await reporter.ask({
    kind: "start",
    target,
    fleet,
    intervalSec: REPORT_INTERVAL_SEC,
    changedShare: CHANGED_SHARE,
  });
  const contestants = createContestants(world, fleet);
  const warm = { connections: 16 };
  await contestants.gateway(warm, warmUp);
  for (const variant of LIMIT_VARIANTS) await contestants.limit(variant, warm, warmUp / 2);

  const figures: Figure[] = [];
  const points: LoadPoint[] = [];
  const throughputs = new Map<number, readonly number[]>();
  let peak = 0;

  async function measure(load: Load, under: string, share: number | undefined, ms: number): Promise<Pairs> {
    progress(`connect: ${name}, ${under}`);
    const variant = await findBestVariant(contestants, load, LIMIT_VARIANTS, ms * TRIAL_SHARE);
    const pairs = await runPairs(contestants, load, variant, { rounds, roundMs: ms });
    figures.push(...toFigures(pairs, `${name}, ${under}`, (metric) => connectGoal(fleet, load, share, metric)));
    progress(`connect: ${name}, ${under}: best limit is ${variant}`);
    return pairs;
  }

  for (const connections of concurrencies) {
    const pairs = await measure({ connections }, `${connections} at a time`, undefined, roundMs);
    peak = Math.max(peak, toMedians(pairs.limit).throughput);
    throughputs.set(
      connections,
      pairs.gateway.map(({ throughput }, i) => throughput / (pairs.limit[i]?.throughput ?? Number.NaN)),
    );
  }
  for (const share of openShares) {
    const perSecond = Math.round(peak * share);
    const load = { connections: OPEN_CONNECTIONS, perSecond };
    const under = `open loop at ${Math.round(share * 100)} % of the limit's peak`;
    const pairs = await measure(load, under, share, roundMs * OPEN_ROUND_FACTOR);
    points.push({ perSecond, gateway: toMedians(pairs.gateway), limit: toMedians(pairs.limit) });
  }
  await reporter.ask({ kind: "stop" });
  return { figures, points, throughputs };
}

function createContestants(world: CaseWorld, fleet: ConnectCase["fleet"]): Contestants {
  const { gateway, limit, generator, reporter, numbers } = world;
  const runner = createConnectRunner(generator, fleet, numbers);
  return {
    async gateway(load, requests) {
      await reporter.ask({ kind: "resume" });
      const result = await runner.run({ server: gateway, path: "/" }, load, requests);
      await reporter.ask({ kind: "pause" });
      return result;
    },
    limit: (variant, load, requests) => runner.run({ server: limit, path: `/${variant}` }, load, requests),
  };
}

function toFigures(
  { gateway, limit }: Pairs,
  under: string,
  findGoal: (metric: ConnectMetric) => Figure["goal"],
): Figure[] {
  return (Object.entries(CONNECT_METRICS) as [ConnectMetric, string][]).map(([metric, unit]) => {
    const goal = findGoal(metric);
    const [values, limits] = [gateway, limit].map((rounds) => rounds.map((round) => round[metric]));
    return {
      suite: "connect",
      case: under,
      metric,
      unit,
      ...toRatio(values ?? [], limits ?? []),
      ...(goal && { goal }),
    };
  });
}
