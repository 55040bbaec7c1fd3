import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readdirSync } from "node:fs";
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
