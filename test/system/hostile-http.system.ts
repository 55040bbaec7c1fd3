import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import type { TempFolder } from "../temp-folder.ts";
import { becomesCalm } from "./calm-rounds.ts";
import {
  acme,
  buildBinary,
  createConfigFolder,
  findFreePort,
  type GatewayProcess,
  startGateway,
} from "./gateway-process.ts";
import { type Latency, measureConnects } from "./http/latency.ts";
import { startServers } from "./traffic.ts";

/** Connections of each slow kind at once, and connections of each round of churn. */
const HELD = 100;
const CHURN = 50_000;
/** Seconds after which whoever sends no whole header is cut, and whoever sends no whole body or is idle, with some slack. */
const HEADER_SEC = 20;
const BODY_SEC = 90;
/** How much slower others may be, and what counts as nothing on a machine that does more than this. */
const MAX_SLOWDOWN = 5;
const FLOOR_MS = 2;
/** A round of churn that leaves something behind makes the process grow by it each time; what the engine and its allocator keep, they keep once. */
const MAX_GROWTH_MB = 5;
const CALM_ROUNDS = 2;
/** What nobody waits for, whatever else a machine has to do. */
const MAX_WAIT_MS = 5_000;
/** Three of the spans of which a latency is the median. */
const IDLE_MS = 15_000;

let binary: TempFolder;
beforeAll(async () => {
  binary = await buildBinary();
});
afterAll(() => binary[Symbol.dispose]());

/** Runs an attacker that yields to others, as one on another machine would. */
async function attack(kind: "hold" | "churn", url: string, count: number): Promise<Record<string, number>> {
  const token = await acme.signToken({ room: "lobby", user: "attacker", nowMs: Date.now() });
  const child = Bun.spawn(
    ["nice", "-n", "10", process.execPath, `${import.meta.dir}/http/attack.ts`, kind, url, String(count)],
    { env: { ...process.env, ATTACK_TOKEN: token }, stdout: "pipe", stderr: "inherit" },
  );
  const out = await new Response(child.stdout).text();
  expect(await child.exited).toBe(0);
  return JSON.parse(out);
}

const countFiles = ({ pid }: GatewayProcess) => readdirSync(`/proc/${pid}/fd`).length;
const toMemoryMb = ({ pid }: GatewayProcess) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;
const toBound = ({ p99 }: Latency) => MAX_SLOWDOWN * Math.max(p99, FLOOR_MS);
const say = (what: string, values: object) => process.stderr.write(`${what}: ${JSON.stringify(values)}\n`);

test("whoever is slow is cut, and whoever comes and goes leaves nothing behind, while others connect as before", async () => {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  using folder = createConfigFolder(port);
  await using gateway = await startGateway(binary, folder);
  const servers = await startServers(url, 3);
  // Once, so that nothing is compiled while it is measured, on either side.
  await measureConnects(url, Bun.sleep(IDLE_MS / 2));
  const filesBefore = countFiles(gateway);
  const idle = await measureConnects(url, Bun.sleep(IDLE_MS));
  say("idle", idle);

  const holding = attack("hold", url, HELD);
  const duringHold = await measureConnects(url, holding);
  const heldSec = await holding;
  say(`${HELD} connections of each slow kind, seconds until they were cut`, heldSec);
  say("meanwhile", duringHold);
  for (const [kind, seconds] of Object.entries(heldSec)) {
    const isHeader = kind.includes("header") || kind === "nothing at all";
    expect([kind, seconds < (isHeader ? HEADER_SEC : BODY_SEC)]).toEqual([kind, true]);
  }

  const rounds: Latency[] = [];
  let memoryMb = toMemoryMb(gateway);
  const isRoundCalm = async () => {
    const churning = attack("churn", url, CHURN);
    const during = await measureConnects(url, churning);
    await churning;
    const growthMb = toMemoryMb(gateway) - memoryMb;
    memoryMb += growthMb;
    rounds.push(during);
    say(`${CHURN} connections that come and go`, { ...during, growthMb: Math.round(growthMb * 10) / 10 });
    return growthMb <= MAX_GROWTH_MB && during.p99 < toBound(idle);
  };
  // Once, as what was held has to be cleared up.
  await isRoundCalm();
  expect(await becomesCalm(CALM_ROUNDS, isRoundCalm)).toBe(true);
  for (let attempt = 0; attempt < 100 && countFiles(gateway) > filesBefore + 5; attempt++) await Bun.sleep(50);
  expect(countFiles(gateway)).toBeLessThanOrEqual(filesBefore + 5);

  // Before and after, as the machine may have had something else to do once.
  const idleAfter = await measureConnects(url, Bun.sleep(IDLE_MS));
  say("idle again", idleAfter);
  for (const { failures, worst } of [...rounds, duringHold]) {
    expect(failures).toBe(0);
    expect(worst).toBeLessThan(MAX_WAIT_MS);
  }
  expect(duringHold.p99).toBeLessThan(Math.max(toBound(idle), toBound(idleAfter)));
  expect(gateway.log()).not.toContain('"ERROR"');
  for (const server of servers) server.stop();
}, 600_000);
