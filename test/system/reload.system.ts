import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "../json.ts";
import type { TempFolder } from "../temp-folder.ts";
import { becomesCalm } from "./calm-rounds.ts";
import { ask, buildBinary, createConfigFolder, findFreePort, startGateway, toConfigText } from "./gateway-process.ts";
import { readCpuMs } from "./large-fleet.ts";

/**
 * The heap finds its size in the first hundreds, and goes up and down from one collection to the next, so that the least of a
 * round tells. Where a config of 10,000 numbers was kept each time, it rose by 20 to 70 MiB a round.
 */
const WARM_UP = 300;
const RELOADS = 500;
const CALM_ROUNDS = 2;
const MAX_GROWTH_MIB = 10;
/** What somebody may wait for on a busy machine, and far less than the ten seconds that a config has. */
const MAX_WAIT_MS = 3_000;
/** Files beside the config's folder, and such as come and go: to look at all of them each time takes 50 ms of CPU. */
const NEIGHBOURS = 4_000;
const COMERS = 40;
const MAX_CPU_MS = 15;

/** Memory that a process holds, in MiB. Source: proc(5), VmRSS. */
function readRssMib(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

let binary: TempFolder;

beforeAll(async () => {
  binary = await buildBinary();
});
afterAll(() => binary[Symbol.dispose]());

test("reloads of a config that imports two files leave the binary's memory as it is", async () => {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  using folder = createConfigFolder(port, "", {
    "gateway.config.ts": `import { lifetime } from "./lifetime";
import { gridConfig } from "./grid/config";
${toConfigText(port, "loginToken: { lifetime }, gridConfig,")}`,
    "grid/config.ts":
      "export const gridConfig = { folder: import.meta.dir, values: Array.from({ length: 10_000 }, (_, i) => i) };\n",
    "lifetime.ts": "export const lifetime: number = 1;\n",
  });
  await using gateway = await startGateway(binary, folder);
  let lifetime = 1;
  const reload = async () => {
    folder.write("lifetime.ts", `export const lifetime: number = ${++lifetime};\n`);
    const { outcome } = (await ask(url, "Reload")) as Json;
    // Where the watcher was quicker, the same change was applied before.
    expect(["applied", "unchanged"]).toContain(outcome);
    return outcome === "applied" ? 1 : 0;
  };
  for (let i = 0; i < WARM_UP; i++) await reload();
  let leastMib = 0;
  const isRoundCalm = async () => {
    let applied = 0;
    const heldMib: number[] = [];
    for (let i = 0; i < RELOADS; i++) {
      applied += await reload();
      heldMib.push(readRssMib(gateway.pid));
    }
    expect(applied).toBeGreaterThan(RELOADS * 0.9);
    const growthMib = Math.min(...heldMib) - leastMib;
    leastMib += growthMib;
    const [least, most, growth] = [leastMib, Math.max(...heldMib), growthMib].map((mib) => mib.toFixed(1));
    process.stdout.write(`RSS ${least} to ${most} MiB, ${growth} MiB more after ${applied} reloads\n`);
    return growthMib < MAX_GROWTH_MIB;
  };
  // Once, to have something to compare with.
  await isRoundCalm();
  expect(await becomesCalm(CALM_ROUNDS, isRoundCalm)).toBe(true);
});

test("a config that loops for ever is refused after ten seconds, by the binary too, and nobody waits for that", async () => {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  using folder = createConfigFolder(port);
  const gateway = await startGateway(binary, folder);
  folder.write("gateway.config.ts", "for (;;);\n");
  let isDone = false;
  const reloaded = ask(url, "Reload").finally(() => {
    isDone = true;
  });
  let slowestMs = 0;
  while (!isDone) {
    const startedAt = performance.now();
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    await Bun.sleep(20);
  }
  expect(slowestMs).toBeLessThan(MAX_WAIT_MS);
  expect(await reloaded).toMatchObject({
    outcome: "failed",
    reason: expect.stringContaining("did not finish loading within 10 s"),
  });
  await gateway[Symbol.asyncDispose]();
  const second = Bun.spawn([binary.file("odin-gateway")], { cwd: folder.path, stderr: "pipe" });
  expect(await new Response(second.stderr).text()).toContain("did not finish loading within 10 s");
  expect(await second.exited).toBe(78);
});

test("files that come and go above the config's folder are none of the gateway's business", async () => {
  const port = await findFreePort();
  using folder = createConfigFolder(port);
  const own = folder.file("own");
  mkdirSync(own);
  for (const name of ["gateway.config.ts", "customers.json"]) renameSync(folder.file(name), join(own, name));
  for (let i = 0; i < NEIGHBOURS; i++) folder.write(`neighbour-${i}`, "");
  await using gateway = await startGateway(binary, { ...folder, path: own });
  await Bun.sleep(1_000);
  const before = readCpuMs(gateway.pid);
  for (let i = 0; i < COMERS; i++) {
    folder.write("short-lived", "");
    rmSync(folder.file("short-lived"));
    await Bun.sleep(100);
  }
  const cpuMs = readCpuMs(gateway.pid) - before;
  process.stdout.write(`${COMERS} files came and went: ${cpuMs} ms of CPU\n`);
  expect(cpuMs).toBeLessThan(COMERS * MAX_CPU_MS);
});
