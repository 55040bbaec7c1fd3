import type { RpcError } from "../errors.ts";
import type { EndedCall } from "../rpc/method.ts";
import type { FeedTick } from "./feed.ts";

/** What became of clients' requests since it was last taken. */
export interface CallTally {
  readonly onCall: (call: EndedCall) => void;
  /** Told of requests that ended before any call of theirs began. */
  readonly onRefused: (error: RpcError, audience: "public" | "internal") => void;
  /** Gives the sums, and begins anew. */
  readonly take: () => Pick<FeedTick, "joins" | "refusals" | "p50Ms" | "p99Ms">;
}

/** So many durations are kept, the last ones. */
const MAX_DURATIONS = 2_000;

/** Creates a tally of Connects. */
export function createCallTally(): CallTally {
  const durations = new Float64Array(MAX_DURATIONS);
  let connects = 0;
  let joins = 0;
  let refusals: Record<string, number> = {};

  return {
    onCall({ method, outcome, durationMs, error }) {
      if (method !== "Connect") return;
      durations[connects++ % MAX_DURATIONS] = durationMs;
      if (outcome === "success") joins++;
      else if (error !== undefined) refusals[error] = (refusals[error] ?? 0) + 1;
    },
    onRefused({ error }, audience) {
      if (audience === "public") refusals[error] = (refusals[error] ?? 0) + 1;
    },
    take() {
      const sorted = durations.slice(0, Math.min(connects, MAX_DURATIONS)).sort();
      const taken = { joins, refusals, p50Ms: pickQuantile(sorted, 0.5), p99Ms: pickQuantile(sorted, 0.99) };
      connects = 0;
      joins = 0;
      refusals = {};
      return taken;
    },
  };
}

/** The smallest of the values that no more than the share `q` of them are below, in microseconds' precision. */
function pickQuantile(sorted: Float64Array, q: number): number | null {
  const value = sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)];
  return value === undefined ? null : Math.round(value * 1_000) / 1_000;
}
