import type { LoadOrder, LoadResult } from "../load/load-order.ts";
import { startAskedProcess } from "../processes/asked-process.ts";
import type { Children } from "../processes/children.ts";
import { createGatewayFolder, type MeasuredServer, startGateway } from "../processes/gateway.ts";
import type { ReportOrder, ReportResult } from "../reports/report-order.ts";
import { median, percentile } from "../statistics.ts";

/** Gateways that are asked together. */
export interface Contestant extends AsyncDisposable {
  readonly name: string;
  readonly gateways: readonly MeasuredServer[];
  /** How many of them are asked. */
  readonly asked: number;
}

/** What a round of Connects came to: latencies in ms, processor time in µs for each Connect. */
export interface Round {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
  readonly gatewayUs: number;
  /** Of the gateways that were not asked. */
  readonly idleGatewayUs: number;
  readonly redisUs: number;
}

/** Sends Connects. */
export interface ConnectBench extends AsyncDisposable {
  readonly start: (options: ContestantOptions) => Promise<Contestant>;
  /** One round: an open loop at a rate in all, or a closed one of so many connections to each gateway. */
  readonly run: (
    contestant: Contestant,
    load: { perSecond?: number; connections: number; ms: number },
  ) => Promise<Round>;
}

/** What a contestant is made of. */
export interface ContestantOptions {
  readonly name: string;
  readonly count: number;
  readonly asked?: number;
  /** Absent for gateways that share nothing. */
  readonly redis?: string | undefined;
  readonly workers?: number;
}

const FLEET = { servers: 10, roomsPerServer: 10 };
const REPORT_INTERVAL_SEC = 5;
const CHANGED_SHARE = 0.1;
const MAX_GATEWAYS = 4;
const WARM_UP = 3_000;
const WARM_CONNECTIONS = 16;
const GUESS_PER_SECOND = 3_000;
const LOOK_MS = 20;

/** Creates it; `redisPid` gives the process whose use of processor is measured beside. */
export function createConnectBench(children: Children, redisPid: () => number): ConnectBench {
  const generators = Array.from({ length: MAX_GATEWAYS }, () =>
    startAskedProcess<LoadOrder, LoadResult>(children, new URL("../load/load-process.ts", import.meta.url)),
  );
  let next = 0;
  let groups = 0;

  async function start({ name, count, asked = count, redis, workers }: ContestantOptions): Promise<Contestant> {
    const keyPrefix = `bench-${groups++}`;
    const settings = {
      ...(redis !== undefined && { state: { redis, keyPrefix } }),
      ...(workers !== undefined && { workers }),
    };
    const gateways: MeasuredServer[] = [];
    for (let i = 0; i < count; i++)
      gateways.push(
        await startGateway(children, false, createGatewayFolder(children, { port: 0, tls: false }, settings)),
      );
    const [first] = gateways;
    if (!first) throw new Error("there is no gateway");
    const reporter = startAskedProcess<ReportOrder, ReportResult>(
      children,
      new URL("../reports/reporter-process.ts", import.meta.url),
    );
    const fleet = { fleet: FLEET, intervalSec: REPORT_INTERVAL_SEC, changedShare: CHANGED_SHARE };
    await reporter.ask({ kind: "start", target: first.target, ...fleet });
    await reporter.ask({ kind: "resume" });
    for (const { target } of gateways) await ready(target.port);
    const contestant = {
      name,
      gateways,
      asked,
      async [Symbol.asyncDispose]() {
        await reporter[Symbol.asyncDispose]();
        for (const gateway of gateways) await gateway[Symbol.asyncDispose]();
      },
    };
    await send(contestant, { connections: WARM_CONNECTIONS, requests: WARM_UP });
    return contestant;
  }

  async function send(
    { gateways, asked }: Contestant,
    { connections, requests, perSecond }: { connections: number; requests: number; perSecond?: number | undefined },
  ): Promise<LoadResult[]> {
    const idle = gateways.slice(asked).map(({ pid }) => pid);
    const each = Math.ceil(requests / asked);
    return await Promise.all(
      gateways.slice(0, asked).map(async ({ target, pid }, index) => {
        const first = next;
        next += each;
        const generator = generators[index];
        if (!generator) throw new Error("there are too many gateways");
        const what = { kind: "connect", path: "/", fleet: FLEET, first } as const;
        const rate = perSecond === undefined ? undefined : perSecond / asked;
        return await generator.ask({
          ...{ target, pid, connections, requests: each, perSecond: rate, what },
          otherPids: [redisPid(), ...idle],
        });
      }),
    );
  }

  return {
    start,
    async run(contestant, { perSecond, connections, ms }) {
      const requests = Math.ceil(((perSecond ?? GUESS_PER_SECOND) * ms) / 1_000);
      const results = await send(contestant, { connections, requests, perSecond });
      const latencies = results.flatMap(({ latenciesMs }) => [...latenciesMs]);
      const count = latencies.length;
      const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
      // All generators measure the same Redis, each while it sends: the mean of them is that of one of those times.
      const redisUs = sum(results.map(({ otherCpuUs }) => otherCpuUs[0] ?? Number.NaN)) / results.length;
      const idleUs = sum(results.map(({ otherCpuUs }) => sum(otherCpuUs.slice(1)))) / results.length;
      return {
        p50: percentile(latencies, 0.5),
        p99: percentile(latencies, 0.99),
        perSecond: sum(results.map(({ latenciesMs, durationMs }) => (latenciesMs.length / durationMs) * 1_000)),
        gatewayUs: sum(results.map(({ cpuUs }) => cpuUs)) / count,
        idleGatewayUs: idleUs / count,
        redisUs: redisUs / count,
      };
    },
    async [Symbol.asyncDispose]() {
      for (const generator of generators) await generator[Symbol.asyncDispose]();
    },
  };
}

/** Runs rounds of all contestants in turns, each round beginning with another one, and gives them by name. */
export async function runInTurns(
  bench: ConnectBench,
  contestants: readonly Contestant[],
  load: Parameters<ConnectBench["run"]>[1],
  rounds: number,
): Promise<Map<string, Round[]>> {
  const results = new Map<string, Round[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const index of contestants.keys()) {
      const contestant = contestants[(index + round) % contestants.length];
      if (contestant) results.get(contestant.name)?.push(await bench.run(contestant, load));
    }
  }
  return results;
}

/** The middle figures of rounds. */
export function toMedianRound(rounds: readonly Round[]): Round {
  const of = (pick: (round: Round) => number) => median(rounds.map(pick));
  return {
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
    perSecond: of(({ perSecond }) => perSecond),
    gatewayUs: of(({ gatewayUs }) => gatewayUs),
    idleGatewayUs: of(({ idleGatewayUs }) => idleGatewayUs),
    redisUs: of(({ redisUs }) => redisUs),
  };
}

async function ready(port: number): Promise<void> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, { keepalive: false }).catch(() => undefined);
    if (response?.ok) return;
    await Bun.sleep(LOOK_MS);
  }
}
