import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readdirSync } from "node:fs";
import { loadConfig } from "../../src/config/load.ts";
import { createModuleLoader } from "../../src/config/module-loader.ts";
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

  test("knows where it is", async () => {
    using folder = createTempFolder({ "gateway.config.ts": 'export default { stateDir: import.meta.dir + "/s" };\n' });
    expect((await load(folder)).stateDir).toBe(folder.file("s"));
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
});
