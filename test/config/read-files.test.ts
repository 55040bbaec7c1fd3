import { describe, expect, test } from "bun:test";
import { createReadFiles, readFingerprint } from "../../src/config/read-files.ts";
import { start } from "../cli/run.ts";
import { serveFolder } from "../cli/serve-folder.ts";
import { createTempFolder } from "../temp-folder.ts";

/** A config that takes its time: it says that it has begun, and waits until it may go on. */
const SLOW = `
await Bun.write(import.meta.dir + "/begun", "");
while (!(await Bun.file(import.meta.dir + "/go").exists())) await Bun.sleep(5);
`;

describe.concurrent("the files of a config", () => {
  test("are those of all attempts, with what was read first in the last one", () => {
    const files = createReadFiles();
    files.note("/a", "1");
    files.note("/b", "1");
    expect([...files.take()]).toEqual([
      ["/a", "1"],
      ["/b", "1"],
    ]);
    files.note("/a", "2");
    files.note("/a", "3");
    expect([...files.take()]).toEqual([
      ["/a", "2"],
      ["/b", undefined],
    ]);
    files.note("/a", "4");
    files.forgetOthers();
    expect([...files.take()]).toEqual([["/a", "4"]]);
  });

  test("have a fingerprint also where there is none", () => {
    using folder = createTempFolder({ a: "1", b: "1", c: "2" });
    const [a, b, c, missing] = ["a", "b", "c", "missing"].map((name) => readFingerprint(folder.file(name)));
    expect([a === b, a === c, a === missing]).toEqual([true, false, false]);
  });

  test.each([
    ["gateway.config.ts", (text: string) => text.replace("120", "60")],
    ["lifetime.ts", () => "export const lifetime = 60;\n"],
  ])(
    "that are edited while the first load runs are found without another save: %s",
    async (name, edit) => {
      const config = `import { lifetime } from "./lifetime";
${SLOW}
export default { logFormat: "json", http: { hostname: "127.0.0.1", port: 0 }, loginToken: { lifetime: Math.min(lifetime, 120) } };
`;
      using folder = createTempFolder({ "gateway.config.ts": config, "lifetime.ts": "export const lifetime = 300;\n" });
      const gateway = start(["serve"], { cwd: folder.path });
      while (!(await Bun.file(folder.file("begun")).exists())) await Bun.sleep(5);
      folder.write(name, edit(await Bun.file(folder.file(name)).text()));
      folder.write("go", "");
      await gateway.waitFor(/loginToken\.lifetime: 120 → 60.*the config was reloaded/);
      gateway.stop();
      expect((await gateway.result).code).toBe(0);
    },
    3_000,
  );

  test("that are bad are not loaded again before they change", async () => {
    using folder = createTempFolder({
      "gateway.config.ts":
        'import { extra } from "./extra";\nexport default { logFormat: "json", http: { hostname: "127.0.0.1", port: 0 }, ...extra };\n',
      "extra.ts": "export const extra = {};\n",
    });
    await using gateway = await serveFolder(folder);
    // The second is not reached, as the first cannot be parsed.
    folder.write("gateway.config.ts", "export default {\n");
    folder.write("extra.ts", "export const extra = { roomScope: 'prefix' };\n");
    await gateway.waitFor(/could not be reloaded/);
    await Bun.sleep(700);
    expect(gateway.out().match(/could not be reloaded/g)).toHaveLength(1);
  });
});
