import { acme } from "../gateway-process.ts";
import type { Answer } from "../traffic.ts";

/** How long Connects took, in milliseconds, and how many failed. The p99 is the median of those of every five seconds, as a machine may have something else to do for a moment. */
export interface Latency {
  readonly connects: number;
  readonly failures: number;
  readonly p50: number;
  readonly p99: number;
  /** The p99 of the worst five seconds. */
  readonly worst: number;
}

const PER_SECOND = 100;
const TOKENS = 200;
const SPAN_MS = 5_000;

/** Sends Connects at a fixed rate, each on a connection of its own, whether they are answered or not, until `until` settles, and says how long they took. */
export async function measureConnects(url: string, until: Promise<unknown>): Promise<Latency> {
  const tokens = await Promise.all(
    Array.from({ length: TOKENS }, (_, index) =>
      acme.signToken({ room: `room-${index}`, user: `u${index}`, nowMs: Date.now() }),
    ),
  );
  const spans: number[][] = [];
  let failures = 0;
  let isOver = false;
  void until.finally(() => {
    isOver = true;
  });
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "Connect", params: {} });
  async function connect(index: number): Promise<void> {
    const startedAt = performance.now();
    const headers = { authorization: `Bearer ${tokens[index % TOKENS]}` };
    const answer = await fetch(url, { method: "POST", headers, body, keepalive: false })
      .then(async (response) => (await response.json()) as Answer)
      .catch(() => undefined);
    const span = Math.floor((startedAt - beganAt) / SPAN_MS);
    spans[span] ??= [];
    spans[span].push(performance.now() - startedAt);
    if (answer?.result?.address === undefined) failures++;
  }
  const inFlight = new Set<Promise<void>>();
  const beganAt = performance.now();
  for (let sent = 0; !isOver; ) {
    for (; sent < ((performance.now() - beganAt) / 1_000) * PER_SECOND; sent++) {
      const done: Promise<void> = connect(sent).finally(() => inFlight.delete(done));
      inFlight.add(done);
    }
    await Bun.sleep(5);
  }
  await Promise.all(inFlight);
  // None of those in which nobody came.
  const p99s = spans.flatMap((span) => [toPercentile(span, 0.99)]);
  const all = spans.flat();
  return {
    connects: all.length,
    failures,
    p50: toPercentile(all, 0.5),
    p99: toPercentile(p99s, 0.5),
    worst: Math.max(...p99s),
  };
}

function toPercentile(times: readonly number[], share: number): number {
  return Math.round((times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? 0) * 100) / 100;
}
