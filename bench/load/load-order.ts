import type { FleetSize } from "../fleet.ts";
import type { Target } from "./connection.ts";

/** A stretch of requests that the load generator is to send. */
export interface LoadOrder {
  readonly target: Target;
  /** Process whose use of processor and memory is measured meanwhile. */
  readonly pid: number;
  /** Others whose use of processor is measured as well. */
  readonly otherPids?: readonly number[];
  readonly connections: number;
  readonly requests: number;
  /** Requests a second of an open loop; absent for a closed one. */
  readonly perSecond?: number | undefined;
  /** What is sent: Connects, or probes. */
  readonly what: ConnectOrder | { readonly kind: "livez" };
}

/** Connects to be sent. */
export interface ConnectOrder {
  readonly kind: "connect";
  readonly path: string;
  readonly fleet: FleetSize;
  /** Number of the first one: no two of a run are the same. */
  readonly first: number;
}

/** How it went. */
export interface LoadResult {
  readonly durationMs: number;
  readonly latenciesMs: Float64Array;
  /** What the process used meanwhile, for all requests together. */
  readonly cpuUs: number;
  readonly mainUs: number;
  /** What the others used, one after the other. */
  readonly otherCpuUs: readonly number[];
  /** At the end. */
  readonly rssBytes: number;
}
