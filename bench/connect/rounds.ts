import type { FleetSize } from "../fleet.ts";
import type { LoadOrder, LoadResult } from "../load/load-order.ts";
import type { AskedProcess } from "../processes/asked-process.ts";
import type { MeasuredServer } from "../processes/gateway.ts";
import { toLatencies } from "../statistics.ts";

/** What one round gave, by metric. */
export type RoundFigures = Readonly<Record<ConnectMetric, number>>;

/** What is measured of Connects, with its unit. */
export const CONNECT_METRICS = {
  throughput: "1/s",
  p50: "µs",
  p99: "µs",
  "p99.9": "µs",
  max: "µs",
  "CPU per request": "µs",
  "main thread per request": "µs",
  RSS: "MB",
} as const;

/** One of them. */
export type ConnectMetric = keyof typeof CONNECT_METRICS;

/** A server that Connects are sent to. */
export interface Subject {
  readonly server: MeasuredServer;
  readonly path: string;
}

/** A load: how many connections send as fast as they are answered, or at which rate requests come. */
export interface Load {
  readonly connections: number;
  readonly perSecond?: number | undefined;
}

/** Sends Connects to one server or another. */
export interface ConnectRunner {
  readonly run: (subject: Subject, load: Load, requests: number) => Promise<RoundFigures>;
}

const MB = 1_000_000;

/** Creates a runner for a fleet; the tokens of all its runs are different. */
export function createConnectRunner(
  generator: AskedProcess<LoadOrder, LoadResult>,
  fleet: FleetSize,
  numbers: { next: number },
): ConnectRunner {
  return {
    async run({ server, path }, { connections, perSecond }, requests) {
      const first = numbers.next;
      numbers.next += requests;
      const what = { kind: "connect", path, fleet, first } as const;
      const { target, pid } = server;
      const result = await generator.ask({ target, pid, connections, requests, perSecond, what });
      return toRoundFigures(result, requests);
    },
  };
}

function toRoundFigures(result: LoadResult, requests: number): RoundFigures {
  const { durationMs, latenciesMs, cpuUs, mainUs, rssBytes } = result;
  const { p50Us, p99Us, p999Us, maxUs } = toLatencies(latenciesMs);
  return {
    throughput: (requests / durationMs) * 1_000,
    p50: p50Us,
    p99: p99Us,
    "p99.9": p999Us,
    max: maxUs,
    "CPU per request": cpuUs / requests,
    "main thread per request": mainUs / requests,
    RSS: rssBytes / MB,
  };
}
