/**
 * What counting costs a Connect, and what a scrape takes: `bun run bench:metrics`.
 * A Connect is measured as it is, and what is counted for it by itself, in turns in one run; their ratio says something on a
 * shared machine. Ends with 1 where counting costs 3 % or more, or a scrape with 1,000 servers takes 20 ms or more.
 */
import { systemClock } from "../src/clock.ts";
import { createGatewayMetrics } from "../src/metrics/gateway-metrics.ts";
import { createVirtualClock } from "../src/sim/virtual-clock.ts";
import { connect, createBenchGateway, reportServers, signCustomerToken } from "./fixture.ts";

const CONNECTS = 2_000;
const ROUNDS = 7;
const SERVERS = 1_000;
const MAX_SHARE = 0.03;
const MAX_SCRAPE_MS = 20;

const clock = createVirtualClock();

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** Milliseconds that the work takes, in all of it. */
async function time(work: () => Promise<unknown> | undefined): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

await using gateway = createBenchGateway(clock);
await reportServers(gateway, SERVERS, 10);
using metrics = createGatewayMetrics(
  {
    census: () => ({ pools: [], servers: [], customers: [] }),
    unreadyReasons: () => [],
    keyRing: () => undefined,
    webhooks: () => [],
    sharing: () => undefined,
  },
  systemClock,
);

/** All that is counted for a Connect that opens a room, with the two looks at the clock that only counting needs. */
function countConnect(): void {
  const requestedAt = systemClock.now();
  const startedAt = systemClock.now();
  metrics.onFleetEvent({
    type: "room.opened",
    room: { pool: "default", namespace: "", room: "", customer: "" },
    server: "sfu1:4433",
  });
  metrics.onCall({ method: "Connect", outcome: "success", durationMs: systemClock.now() - startedAt });
  metrics.onAnswered("public", 200, systemClock.now() - requestedAt);
}

const connectMs: number[] = [];
const countMs: number[] = [];
const scrapeMs: number[] = [];
let bytes = 0;
for (let round = 0; round < ROUNDS; round++) {
  const tokens = await Promise.all(
    Array.from({ length: CONNECTS }, (_, i) =>
      signCustomerToken({ room: `r${round}-${i}`, user: `user-${i}`, nowMs: clock.wall() }),
    ),
  );
  connectMs.push(
    await time(async () => {
      for (const token of tokens) await connect(gateway, token);
    }),
  );
  countMs.push(
    await time(async () => {
      for (let i = 0; i < CONNECTS; i++) countConnect();
    }),
  );
  const request = new Request("http://bench/metrics");
  scrapeMs.push(
    await time(async () => {
      bytes = (await (await gateway.fetchMetrics(request)).text()).length;
    }),
  );
}

const connectUs = (median(connectMs) * 1_000) / CONNECTS;
const countUs = (median(countMs) * 1_000) / CONNECTS;
const share = countUs / connectUs;
const scrape = median(scrapeMs);
console.log(`Connect                        ${connectUs.toFixed(1)} µs`);
console.log(`  of which counting            ${countUs.toFixed(2)} µs, ${(share * 100).toFixed(2)} %`);
console.log(
  `scrape with ${SERVERS} servers      ${scrape.toFixed(1)} ms (first ${scrapeMs[0]?.toFixed(1)} ms), ${Math.round(bytes / 1024)} KiB`,
);
process.exitCode = share < MAX_SHARE && scrape < MAX_SCRAPE_MS ? 0 : 1;
