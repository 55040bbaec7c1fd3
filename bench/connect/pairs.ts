import type { LimitVariant } from "../processes/limit.ts";
import { median } from "../statistics.ts";
import { CONNECT_METRICS, type ConnectMetric, type Load, type RoundFigures } from "./rounds.ts";

/** Sends so many Connects to the gateway, or to a variant of the limit; servers report only while it is the gateway. */
export interface Contestants {
  readonly gateway: (load: Load, requests: number) => Promise<RoundFigures>;
  readonly limit: (variant: LimitVariant, load: Load, requests: number) => Promise<RoundFigures>;
}

/** Rounds of both, in turns. */
export interface Pairs {
  readonly gateway: readonly RoundFigures[];
  readonly limit: readonly RoundFigures[];
}

/** Requests of the rounds that only tell how many a real one takes. */
const FEW = 200;
/** How often each variant of the limit is tried. */
const TRIALS = 3;

/** Runs rounds of about `roundMs` of a load in turns; who begins alternates too. */
export async function runPairs(
  { gateway, limit }: Contestants,
  load: Load,
  variant: LimitVariant,
  { rounds, roundMs }: { rounds: number; roundMs: number },
): Promise<Pairs> {
  const runGateway = await size((requests) => gateway(load, requests), load, roundMs);
  const runLimit = await size((requests) => limit(variant, load, requests), load, roundMs);
  const pairs: { gateway: RoundFigures[]; limit: RoundFigures[] } = { gateway: [], limit: [] };
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) pairs.gateway.push(await runGateway());
    pairs.limit.push(await runLimit());
    if (round % 2 === 1) pairs.gateway.push(await runGateway());
  }
  return pairs;
}

/**
 * The variant that does best under a load: most requests a second in a closed loop, the lowest median in an open one. The
 * best of several short rounds in turns counts, as others on the machine can only make a variant look worse than it is.
 */
export async function findBestVariant(
  { limit }: Contestants,
  load: Load,
  variants: readonly LimitVariant[],
  roundMs: number,
): Promise<LimitVariant> {
  const runs: [LimitVariant, () => Promise<RoundFigures>][] = [];
  for (const variant of variants)
    runs.push([variant, await size((requests) => limit(variant, load, requests), load, roundMs / TRIALS)]);
  const scores: [LimitVariant, number][] = [];
  for (let trial = 0; trial < TRIALS; trial++) {
    for (const [variant, run] of runs) {
      const { throughput, p50 } = await run();
      scores.push([variant, load.perSecond === undefined ? throughput : -p50]);
    }
  }
  const [best] = scores.toSorted(([, a], [, b]) => b - a);
  if (!best) throw new Error("there is no variant of the limit");
  return best[0];
}

/** The middle figures of rounds, metric by metric. */
export function toMedians(rounds: readonly RoundFigures[]): RoundFigures {
  const metrics = Object.keys(CONNECT_METRICS) as ConnectMetric[];
  const medians = metrics.map((metric) => [metric, median(rounds.map((round) => round[metric]))]);
  return Object.fromEntries(medians);
}

/** The same run with as many requests as take about `roundMs`. */
async function size(
  run: (requests: number) => Promise<RoundFigures>,
  load: Load,
  roundMs: number,
): Promise<() => Promise<RoundFigures>> {
  const perSecond = load.perSecond ?? (await run(Math.max(FEW, 2 * load.connections))).throughput;
  const requests = Math.max(Math.ceil((perSecond * roundMs) / 1_000), 2 * load.connections);
  return () => run(requests);
}
