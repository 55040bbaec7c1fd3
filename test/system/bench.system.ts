import { beforeAll, expect, test } from "bun:test";
import { parseResult } from "../../bench/result.ts";
import { createTempFolder } from "../temp-folder.ts";
import { requireTools, runTool } from "./tools.ts";

beforeAll(() => requireTools("ps"));

test("a very short benchmark measures all that it promises, checks every answer, and leaves nothing behind", async () => {
  using folder = createTempFolder();
  const file = folder.file("result.json");
  // A folder for temporary files of its own, to see what is left in it.
  using scratch = createTempFolder();
  const command = ["bun", "run", "bench", "--smoke", "--json", file];
  const out = await runTool(command, { cwd: process.cwd(), env: { TMPDIR: scratch.path } });
  const text = await Bun.file(file).text();
  expect(JSON.parse(text)).toMatchObject({
    machine: { cores: expect.any(Number) },
    versions: { bun: Bun.version, commit: expect.any(String) },
    loads: [{ perSecond: expect.any(Number) }],
  });
  const figures = parseResult(text);
  expect([...new Set(figures.map(({ suite }) => suite))]).toEqual(["startup", "connect", "report", "scale"]);
  expect(figures.filter(({ value }) => !Number.isFinite(value))).toEqual([]);
  const throughput = figures.find(({ case: under }) => under === "http, 10 × 10, 16 at a time");
  expect(throughput).toMatchObject({ metric: "throughput", unit: "1/s" });
  expect(throughput?.value).toBeGreaterThan(100);
  expect(throughput?.ratio).toBeGreaterThan(0.01);
  expect(out).toContain("targets");
  expect([...new Bun.Glob("odin-gateway-bench-*").scanSync({ cwd: scratch.path, onlyFiles: false })]).toEqual([]);
});

test("on Ctrl-C it ends at once, with all of its processes and files", async () => {
  using scratch = createTempFolder();
  const child = Bun.spawn(["bun", "bench/main.ts", "--quick", "--only", "connect"], {
    env: { ...process.env, TMPDIR: scratch.path },
    stdout: "ignore",
    stderr: "pipe",
  });
  const progress = child.stderr.pipeThrough(new TextDecoderStream());
  for await (const chunk of progress) if (chunk.includes("warming up")) break;
  expect(listProcessesIn(scratch.path)).not.toEqual([]);
  child.kill("SIGINT");
  expect(await child.exited).toBe(130);
  expect([...new Bun.Glob("odin-gateway-bench-*").scanSync({ cwd: scratch.path, onlyFiles: false })]).toEqual([]);
  while (listProcessesIn(scratch.path).length > 0) await Bun.sleep(10);
});

/** Processes that were given something in that folder. */
function listProcessesIn(folder: string): string[] {
  const { stdout } = Bun.spawnSync(["ps", "-eo", "args"]);
  return stdout
    .toString()
    .split("\n")
    .filter((line) => line.includes(folder));
}
