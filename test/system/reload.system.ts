import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Json } from "../json.ts";
import { createTempFolder, type TempFolder } from "../temp-folder.ts";
import { runTool } from "./tools.ts";

const WARM_UP = 50;
const RELOADS = 500;
const MAX_GROWTH_MIB = 20;

/** Memory that a process holds, in MiB. Source: proc(5), VmRSS. */
function readRssMib(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

/** The least that is held within two seconds: garbage that nobody has collected yet is no leak. */
async function settledRssMib(pid: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 20; i++) {
    least = Math.min(least, readRssMib(pid));
    await Bun.sleep(100);
  }
  return least;
}

/** A built gateway that runs in a folder of its own. */
interface Served {
  readonly pid: number;
  readonly url: string;
  /** Has the config reloaded, and gives the report of that. */
  readonly reload: () => Promise<Json>;
  /** Ends it, and gives its exit code. */
  readonly stop: () => Promise<number>;
}

async function serve(folder: TempFolder): Promise<Served> {
  const gateway = Bun.spawn([binary.file("odin-gateway")], { cwd: folder.path, stdout: "pipe", stderr: "inherit" });
  const listening = Promise.withResolvers<string>();
  // The log has to be read to its end: a pipe that is full would stop the gateway.
  const reading = (async () => {
    let out = "";
    for await (const chunk of gateway.stdout.pipeThrough(new TextDecoderStream())) {
      out += chunk;
      const match = /"url":"([^"]+)"/.exec(out);
      if (match?.[1]) listening.resolve(match[1]);
    }
  })();
  const url = await listening.promise;
  return {
    pid: gateway.pid,
    url,
    async reload() {
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "Reload", params: {} });
      const headers = { "content-type": "application/json" };
      return ((await (await fetch(`${url}internal`, { method: "POST", headers, body })).json()) as Json).result;
    },
    async stop() {
      gateway.kill();
      await reading;
      return gateway.exited;
    },
  };
}

const BASE = 'logFormat: "json", http: { hostname: "127.0.0.1", port: 0 }, internal: { trustLoopback: true }';
let binary: TempFolder;

beforeAll(async () => {
  binary = createTempFolder();
  await runTool(["bun", "run", "build", "--outfile", binary.file("odin-gateway")], { cwd: process.cwd() });
});

afterAll(() => binary[Symbol.dispose]());

test(`${RELOADS} reloads of a config that imports two files leave the binary's memory as it is`, async () => {
  using folder = createTempFolder({
    "gateway.config.ts": `import { lifetime } from "./lifetime";
import { gridConfig } from "./grid/config";
export default { ${BASE}, loginToken: { lifetime }, gridConfig };
`,
    "grid/config.ts":
      "export const gridConfig = { folder: import.meta.dir, values: Array.from({ length: 1000 }, (_, i) => i) };\n",
    "lifetime.ts": "export const lifetime: number = 1;\n",
  });
  const gateway = await serve(folder);
  let lifetime = 1;
  const reload = async () => {
    folder.write("lifetime.ts", `export const lifetime: number = ${++lifetime};\n`);
    const { outcome } = await gateway.reload();
    // Where the watcher was quicker, the same change was applied before.
    expect(["applied", "unchanged"]).toContain(outcome);
    return outcome === "applied" ? 1 : 0;
  };
  for (let i = 0; i < WARM_UP; i++) await reload();
  const before = await settledRssMib(gateway.pid);
  let applied = 0;
  for (let i = 0; i < RELOADS; i++) applied += await reload();
  const after = await settledRssMib(gateway.pid);
  process.stdout.write(`RSS ${before.toFixed(1)} MiB before, ${after.toFixed(1)} MiB after ${applied} reloads\n`);
  expect(applied).toBeGreaterThan(RELOADS * 0.9);
  expect(after - before).toBeLessThan(MAX_GROWTH_MIB);
  expect(await gateway.stop()).toBe(0);
});

test("a config that loops for ever is refused after ten seconds, by the binary too, and nobody waits for that", async () => {
  using folder = createTempFolder({ "gateway.config.ts": `export default { ${BASE} };\n` });
  const gateway = await serve(folder);
  folder.write("gateway.config.ts", "for (;;);\n");
  let isDone = false;
  const reloaded = gateway.reload().finally(() => {
    isDone = true;
  });
  let slowestMs = 0;
  while (!isDone) {
    const startedAt = performance.now();
    expect((await fetch(`${gateway.url}livez`)).status).toBe(200);
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    await Bun.sleep(20);
  }
  expect(slowestMs).toBeLessThan(1_000);
  expect(await reloaded).toMatchObject({
    outcome: "failed",
    reason: expect.stringContaining("did not finish loading within 10 s"),
  });
  expect(await gateway.stop()).toBe(0);
  const second = Bun.spawn([binary.file("odin-gateway")], { cwd: folder.path, stderr: "pipe" });
  expect(await new Response(second.stderr).text()).toContain("did not finish loading within 10 s");
  expect(await second.exited).toBe(78);
});
