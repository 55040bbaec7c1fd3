/**
 * What the dashboard costs a gateway with 1,000 servers and 100,000 rooms: `bun run bench:dashboard`.
 * A second is timed while nobody looks, and while 1 and 50 look, each after a fifth of the servers have reported. Ends with 1
 * where a viewer costs 2 % of a core or more, or a second in which nobody looks 1 %.
 */
import { createVirtualClock } from "../src/sim/virtual-clock.ts";
import { createBenchGateway, reportServers } from "./fixture.ts";

const SERVERS = 1_000;
const ROOMS_PER_SERVER = 100;
/** They report every five seconds. */
const REPORTS_PER_SECOND = SERVERS / 5;
const ROUNDS = 15;
const SECOND_MS = 1_000;
const VIEWERS = 50;
const MAX_VIEWER_SHARE = 0.02;
const MAX_IDLE_SHARE = 0.01;

const clock = createVirtualClock();
await using gateway = createBenchGateway(clock);
await reportServers(gateway, SERVERS, ROOMS_PER_SERVER);
const readers: Pick<ReadableStreamDefaultReader<Uint8Array>, "read">[] = [];
let bytes = 0;

async function readAll(): Promise<void> {
  const chunks = await Promise.all(readers.map((reader) => reader.read()));
  bytes = chunks[0]?.value?.length ?? 0;
}

async function look(): Promise<void> {
  const request = new Request("http://bench/dashboard/feed", {
    headers: { authorization: `Basic ${btoa("op:bench")}` },
  });
  const response = await gateway.fetch(request, { address: "10.0.0.2", port: 1 });
  const reader = response.body?.getReader();
  if (!reader || response.status !== 200) throw new Error(`the feed answers ${response.status}`);
  readers.push(reader);
}

/** Milliseconds that a second costs which is not the reports': the median of some. */
async function timeSecond(): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await reportServers(gateway, REPORTS_PER_SECOND, ROOMS_PER_SERVER);
    // What the reports left behind is not the dashboard's.
    Bun.gc(true);
    const startedAt = performance.now();
    await clock.sleep(SECOND_MS);
    await readAll();
    times.push(performance.now() - startedAt);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
}

await timeSecond();
const idleMs = await timeSecond();
let startedAt = performance.now();
await look();
// What browsers are told first, and everything.
await readAll();
await readAll();
const [fullMs, fullBytes] = [performance.now() - startedAt, bytes];
const oneMs = await timeSecond();
const deltaBytes = bytes;
startedAt = performance.now();
while (readers.length < VIEWERS) await look();
const othersMs = (performance.now() - startedAt) / (VIEWERS - 1);
for (const reader of readers.slice(1)) for (let part = 0; part < 2; part++) await reader.read();
const allMs = await timeSecond();

const viewerShare = (oneMs - idleMs) / SECOND_MS;
const idleShare = idleMs / SECOND_MS;
const percent = (share: number) => `${(share * 100).toFixed(2)} % of a core`;
console.log(`nobody looks                ${percent(idleShare)}`);
console.log(`one viewer                  ${percent(viewerShare)} more`);
console.log(`each of ${VIEWERS} viewers          ${percent((allMs - idleMs) / VIEWERS / SECOND_MS)} more`);
console.log(`the first event             ${fullMs.toFixed(1)} ms, ${Math.round(fullBytes / 1024)} KiB`);
console.log(`the same for others         ${othersMs.toFixed(1)} ms`);
console.log(`an event of a second        ${Math.round(deltaBytes / 1024)} KiB`);
process.exitCode = viewerShare < MAX_VIEWER_SHARE && idleShare < MAX_IDLE_SHARE ? 0 : 1;
