import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { bundle } from "../../src/config/bundle.ts";
import { createModuleLoader } from "../../src/config/module-loader.ts";
import { canDoHarm } from "../../src/config/trial.ts";
import { createTempFolder } from "../temp-folder.ts";

describe("a config module that would take the process with it", () => {
  test.each([
    ["loops for ever", "for (;;);", "did not finish loading within 0.3 s"],
    ["waits for what never comes", "await new Promise(() => {});", "did not finish loading within 0.3 s"],
    ["promises what never comes", "export default new Promise(() => {});", "did not finish loading within 0.3 s"],
    ["ends the process", "process.exit(3);", "called process.exit(3) while it was loading"],
    ["ends the process as if all were well", "process.exit(0);", "called process.exit(0) while it was loading"],
    ["ends the process later", "setTimeout(() => process.exit(4)); await Bun.sleep(200);", "called process.exit(4)"],
    ["crashes", "process.kill(process.pid, 'SIGSEGV'); await Bun.sleep(200);", "ended its process by SIGSEGV"],
  ])("is an error if it %s, and the next one counts", async (_, text, fault) => {
    using folder = createTempFolder({ "gateway.config.ts": `${text}\n` });
    using loader = createModuleLoader({ deadlineMs: 300 });
    const path = folder.file("gateway.config.ts");
    await expect(loader.load(path)).rejects.toThrow(`${path}:\n  ${fault}`);
    folder.write("gateway.config.ts", "export default 1;\n");
    expect((await loader.load(path)).config).toBe(1);
  });

  test("is given up when the loader is disposed of", async () => {
    using folder = createTempFolder({
      "gateway.config.ts": 'require("node:fs").writeFileSync(import.meta.dir + "/begun", ""); for (;;);\n',
    });
    const loader = createModuleLoader();
    const loading = loader.load(folder.file("gateway.config.ts")).catch(String);
    while (!existsSync(folder.file("begun"))) await Bun.sleep(5);
    loader[Symbol.dispose]();
    expect(await loading).toContain("was not loaded to the end, as the gateway ends");
  });

  test("is given up also if it hangs only the second time", async () => {
    using folder = createTempFolder();
    const path = folder.write(
      "gateway.config.ts",
      `if (await Bun.file(import.meta.dir + "/again").exists()) await new Promise(() => {});
await Bun.write(import.meta.dir + "/again", "");
export default 1;
`,
    );
    using loader = createModuleLoader({ deadlineMs: 300 });
    await expect(loader.load(path)).rejects.toThrow("did not finish loading within 0.3 s");
    folder.write("gateway.config.ts", "export default 2;\n");
    expect((await loader.load(path)).config).toBe(2);
  });

  test("is tried in the same folder, with the same environment, steered by no file of the folder, and unheard", async () => {
    using folder = createTempFolder({
      ".env": "ODIN_TEST=dotenv\n",
      "bunfig.toml": 'preload = ["./preload.ts"]\n',
      "preload.ts": 'await Bun.write("preloaded", "");\n',
      "gateway.config.ts": `import { appendFileSync } from "node:fs";
console.log("said");
const { ODIN_TEST, BUN_BE_BUN } = process.env;
appendFileSync(import.meta.dir + "/log", JSON.stringify([process.cwd(), ODIN_TEST, BUN_BE_BUN, process.pid]) + "\\n");
export default {};
`,
    });
    const script = `
const { createModuleLoader } = await import("${process.cwd()}/src/config/module-loader.ts");
using loader = createModuleLoader();
await loader.load("${folder.file("gateway.config.ts")}");
`;
    const child = Bun.spawn([process.execPath, "--no-env-file", "--config=/dev/null", "-e", script], {
      cwd: folder.path,
      env: { ...process.env, ODIN_TEST: "own" },
      stdout: "pipe",
    });
    expect(await new Response(child.stdout).text()).toBe("said\n");
    const lines = (await Bun.file(folder.file("log")).text())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const [first, second] = lines;
    expect(lines.map((line) => line.slice(0, 3))).toEqual([
      [folder.path, "own", null],
      [folder.path, "own", null],
    ]);
    expect([first[3] === child.pid, second[3]]).toEqual([false, child.pid]);
    expect(existsSync(folder.file("preloaded"))).toBe(false);
  });

  test.each(["SIGKILL", "SIGTERM"] as const)("is not left behind when the gateway ends by %s", async (signal) => {
    using folder = createTempFolder({
      "gateway.config.ts":
        'require("node:fs").writeFileSync(import.meta.dir + "/pid", String(process.pid)); for (;;);\n',
    });
    const gateway = Bun.spawn([process.execPath, "index.ts", "--config", folder.file("gateway.config.ts")], {
      stderr: "ignore",
      env: { ...process.env, TMPDIR: folder.path },
    });
    const readPid = async () =>
      Number(
        await Bun.file(folder.file("pid"))
          .text()
          .catch(() => ""),
      );
    while ((await readPid()) === 0) await Bun.sleep(10);
    const pid = await readPid();
    // The first SIGTERM waits for what is going on, the second does not.
    while (gateway.exitCode === null && gateway.signalCode === null) {
      gateway.kill(signal);
      await Bun.sleep(10);
    }
    const isRunning = () => {
      const [, state = "Z"] = /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, { encoding: "utf8" })) ?? [];
      return state !== "Z";
    };
    const isThere = () => existsSync(`/proc/${pid}/stat`) && isRunning();
    while (isThere()) await Bun.sleep(10);
  });
});

describe("a config module as it is bundled", () => {
  async function canTextDoHarm(text: string): Promise<boolean> {
    using folder = createTempFolder({ "port.ts": "export const port: number = 7001;\n", "gateway.config.ts": text });
    return canDoHarm(await bundle(folder.file("gateway.config.ts"), () => {}));
  }

  test.each([
    'export default { customersFile: "customers.json", http: { port: 7000 } };',
    'import { port } from "./port.ts";\nexport default { http: { port }, key: { env: "KEY" } } satisfies object;',
    "const limits = { maxPeers: 1_000 };\nexport default { customers: [{ ...limits }], isOpen: limits.maxPeers > 3 };",
    "export default { certFile: import.meta.dir };",
  ])("needs no trial if it only holds data: %s", async (text) => {
    expect(await canTextDoHarm(text)).toBe(false);
  });

  test.each([
    "process.exit(1);\nexport default {};",
    "export default { port: process.exit`1` };",
    "for (;;) {}\nexport default {};",
    "do {} while (true);\nexport default {};",
    "export default { get port() { return 1; } };",
    "class A { x = 1 }\nexport default { a: new A };",
    'import { hostname } from "node:os";\nexport default { name: hostname };',
    "export default await { then: 1 };",
  ])("needs one if it does something: %s", async (text) => {
    expect(await canTextDoHarm(text)).toBe(true);
  });
});
