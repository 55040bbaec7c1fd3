import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { loadConfig } from "../../src/config/load.ts";
import { createModuleLoader } from "../../src/config/module-loader.ts";
import { readFingerprint } from "../../src/config/read-files.ts";
import { createTempFolder } from "../temp-folder.ts";
import { MASTER_KEY_TEXT } from "../world.ts";
import { load } from "./fixture.ts";

describe("a config module", () => {
  test("may import its neighbours, JSON and types of packages that are not there", async () => {
    using folder = createTempFolder({
      "gateway.config.ts":
        'import type { X } from "nowhere";\nimport { port } from "./port";\nimport list from "./list.json";\nexport default { http: { port }, trustedProxies: list } satisfies X;\n',
      "port.ts": "export const port: number = 7123;\n",
      "list.json": '["10.0.0.0/8"]',
    });
    expect(await load(folder)).toMatchObject({ listen: { port: 7123 }, trustedProxies: ["10.0.0.0/8"] });
  });

  test("may export a promise of a config", async () => {
    using folder = createTempFolder({
      "gateway.config.ts": "export default Promise.resolve({ http: { port: 7123 } });\n",
    });
    expect((await load(folder)).listen.port).toBe(7123);
  });

  test("knows where it is, and so does each file that it imports, in strings and comments nobody is taken at his word", async () => {
    const uses = "[import.meta.dir, import.meta.dirname, import.meta.path, import.meta.filename, import.meta.url]";
    using folder = createTempFolder({
      "gateway.config.ts": `import { where } from "./sub/where";
// import.meta.dir
export default { stateDir: import.meta.dir + "/s", gridConfig: { a: ${uses}, b: where(), c: "import.meta.url", d: import.meta.file } };
`,
      // It is asked later: a variable that all files share would say by then where the last of them is.
      "sub/where.ts": `export const where = () => ${uses};`,
      "sub/old.js": 'module.exports = { text: "import.meta.dir" }; // import.meta.dir',
    });
    const told = (name: string, path = folder.file(name)) => [
      dirname(path),
      dirname(path),
      path,
      path,
      pathToFileURL(path).href,
    ];
    expect(await load(folder)).toMatchObject({
      stateDir: folder.file("s"),
      gridConfig: {
        a: told("gateway.config.ts"),
        b: told("sub/where.ts"),
        c: "import.meta.url",
        d: "gateway.config.ts",
      },
    });
    folder.write(
      "gateway.config.ts",
      'import { text } from "./sub/old.js";\nexport default { stateDir: import.meta.dir, gridConfig: { text } };\n',
    );
    expect((await load(folder)).gridConfig).toEqual({ text: "import.meta.dir" });
  });

  test("that uses import.meta and is broken says where all the same", async () => {
    using folder = createTempFolder({ "gateway.config.ts": "const here = import.meta.dir;\nexport default {\n" });
    await expect(load(folder)).rejects.toThrow(/gateway\.config\.ts:[23]:\d+: /);
    folder.write("gateway.config.ts", "const here = import.meta.dir;\nthrow new Error(here);\n");
    await expect(load(folder)).rejects.toThrow(/gateway\.config\.ts:2:/);
  });

  test("is loaded afresh each time, its imports too", async () => {
    using folder = createTempFolder({
      "gateway.config.ts": 'import { port } from "./port";\nexport default { http: { port } };\n',
    });
    using loader = createModuleLoader();
    for (const port of [1, 2, 3]) {
      folder.write("port.ts", `export const port = ${port};\n`);
      expect((await loadConfig(folder.file("gateway.config.ts"), { flags: {}, env: {}, loader })).listen.port).toBe(
        port,
      );
    }
  });

  test.each([
    ["export default {\n  http: ;\n};\n", /gateway\.config\.ts:2:9: /],
    ['import { x } from "./missing";\nexport default { x };\n', /gateway\.config\.ts:1:\d+: .*missing/],
    ["export const config = {};\n", /has no default export/],
    ['throw new Error("no database");\n', /did not load: Error: no database\n\s+at .*gateway\.config\.ts:1:/],
    ["export default 7;\n", /must be an object: export default/],
    ["export default [];\n", /must be an object: export default/],
    ["export default { get http() { throw new Error('gone'); } };\n", /threw when it was read: gone/],
    ["  \n", /it is empty/],
  ])("that is broken is an error that says where: %p", async (text, fault) => {
    using folder = createTempFolder({ "gateway.config.ts": text });
    await expect(load(folder)).rejects.toThrow(fault);
  });

  test("that is missing is an error", async () => {
    using folder = createTempFolder();
    await expect(load(folder)).rejects.toThrow("there is no such file");
  });

  test("leaves no copy of its secrets behind", async () => {
    using folder = createTempFolder({
      "gateway.config.ts": `export default { masterKey: "${MASTER_KEY_TEXT}" };\n// ${"x".repeat(8_192)}\n`,
    });
    await load(folder);
    expect(readdirSync(folder.path)).toEqual(["gateway.config.ts"]);
  });

  test("whose files nobody may read says so", async () => {
    using folder = createTempFolder({
      "gateway.config.ts": 'export default { masterKey: { file: "key" } };\n',
      key: "x",
    });
    chmodSync(folder.file("key"), 0);
    // Root reads everything: then the content is at fault.
    await expect(load(folder)).rejects.toThrow(/permission denied|must be/);
    expect(existsSync(folder.file("key"))).toBe(true);
  });

  test("tells of the files that were read, each with what was in it, also if one of them is bad", async () => {
    using folder = createTempFolder({
      "gateway.config.ts":
        'import { x } from "./sub/x";\nimport list from "./list.json";\nexport default { x, list };\n',
      "sub/x.ts": "export const x = import.meta.dir;\n",
      "list.json": "[]",
    });
    const files = ["gateway.config.ts", "sub/x.ts", "list.json"].map(folder.file);
    const read = async () => {
      const seen = new Map<string, string>();
      using loader = createModuleLoader();
      await loader.load(folder.file("gateway.config.ts"), seen.set.bind(seen)).catch(() => {});
      return Object.fromEntries(seen);
    };
    const expected = () => Object.fromEntries(files.map((file) => [file, readFingerprint(file)]));
    expect(await read()).toEqual(expected());
    folder.write("sub/x.ts", "export const x = ;\n");
    expect(await read()).toEqual(expected());
    folder.write("gateway.config.ts", " ");
    expect(await read()).toEqual({
      [folder.file("gateway.config.ts")]: readFingerprint(folder.file("gateway.config.ts")),
    });
  });
});

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
