import { describe, expect, test } from "bun:test";
import { createTempFolder } from "../temp-folder.ts";
import { start } from "./run.ts";

/** Fails while it loads, and in every way afterwards, again and again. */
const FAILING = `
void Promise.reject(new Error("while it loads"));
setInterval(() => { throw new Error("in a timer"); }, 20);
setInterval(() => { void Promise.reject("no error at all"); }, 20);
setInterval(() => queueMicrotask(() => { throw undefined; }), 20);
export default { logFormat: "json", http: { hostname: "127.0.0.1", port: 0 }, internal: { trustLoopback: true } };
`;

describe.concurrent("what a config leaves running", () => {
  test("does not end the process when it fails, but is logged", async () => {
    using folder = createTempFolder({ "gateway.config.ts": FAILING });
    const child = Bun.spawn([process.execPath, "index.ts", "--config", folder.file("gateway.config.ts")], {
      stdout: "pipe",
      // Where it goes once the log has ended.
      stderr: "ignore",
    });
    const reader = child.stdout.getReader();
    let out = "";
    for (const text of ["while it loads", "in a timer", "no error at all", '"message":"undefined"', '"listening"'])
      while (!out.includes(text)) {
        const { value, done } = await reader.read();
        expect([done, text]).toEqual([false, text]);
        out += new TextDecoder().decode(value);
      }
    const [, url] = out.match(/"url":"([^"]+)"/) ?? [];
    expect((await fetch(`${url}livez`)).status).toBe(200);
    child.kill();
    expect(await child.exited).toBe(0);
    const lines = out.split("\n").filter((line) => line.includes("while it loads"));
    expect(lines).toEqual([expect.stringMatching(/"severity":"ERROR".*gateway\.config\.ts:2.*nobody waits for/)]);
  });

  test("is told of by check, which says what it thinks of the config all the same", async () => {
    using folder = createTempFolder({ "gateway.config.ts": FAILING });
    const child = Bun.spawn([process.execPath, "index.ts", "check", "--config", folder.file("gateway.config.ts")], {
      stdout: "ignore",
      stderr: "pipe",
    });
    const err = await new Response(child.stderr).text();
    expect(err).toContain("is good\n");
    expect(err).toContain("Error: while it loads");
    expect(await child.exited).toBe(0);
  });

  test.each([
    ["on standard error, if the command ends before there is a log", "export default 1;"],
    ["in the log, once there is one", 'export default { http: { hostname: "127.0.0.1", port: 0 } };'],
  ])("while it loads is told of %s", async (_, text) => {
    using folder = createTempFolder({
      "gateway.config.ts": `
import { writeFileSync } from "node:fs";
writeFileSync(import.meta.dir + "/begun", "");
while (!(await Bun.file(import.meta.dir + "/go").exists())) await Bun.sleep(5);
${text}
`,
    });
    const gateway = start(["serve"], { cwd: folder.path });
    while (!(await Bun.file(folder.file("begun")).exists())) await Bun.sleep(5);
    gateway.strayError(new Error("while it loads"));
    folder.write("go", "");
    if (text.includes("http"))
      await gateway.waitFor(/ERROR.*nobody waits for[\s\S]*Error: while it loads[\s\S]*listening/);
    gateway.stop();
    const { code, err } = await gateway.result;
    expect([code, err.includes("Error: while it loads")]).toEqual(text.includes("http") ? [0, false] : [78, true]);
  });
});
