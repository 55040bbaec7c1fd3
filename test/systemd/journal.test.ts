import { describe, expect, test } from "bun:test";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { createLogger, LOG_LEVELS } from "../../src/log.ts";
import { withJournalLevels } from "../../src/systemd/journal.ts";
import { createTempFolder } from "../temp-folder.ts";

const journalOf = (descriptor: number) => {
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  return { JOURNAL_STREAM: `${dev}:${ino}` };
};

function collect(format: "json" | "pretty", env: Record<string, string>) {
  let out = "";
  const write = withJournalLevels((text) => (out += text), env, 1);
  const log = createLogger({ level: "NOTSET", format, write });
  return { out: () => out, log };
}

describe("lines for the journal", () => {
  test.each(["json", "pretty"] as const)("in %p begin with their level", (format) => {
    const { out, log } = collect(format, journalOf(1));
    for (const level of ["debug", "info", "warning", "error", "critical"] as const) log[level](`a "${level}"`);
    expect(
      out()
        .split("\n")
        .map((line) => line.slice(0, 3)),
    ).toEqual(["<7>", "<6>", "<4>", "<3>", "<2>", ""]);
  });

  test("begin with it also where one message has several", () => {
    const { out, log } = collect("pretty", journalOf(1));
    log.error("broken", { error: new Error("why\n\nand so on") });
    const lines = out().trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(4);
    for (const line of lines) expect(line).toStartWith("<3>");
  });

  test("have a level for each that there is", () => {
    for (const level of LOG_LEVELS) {
      let out = "";
      withJournalLevels((text) => (out += text), journalOf(2), 2)("x\n\ny\n", level);
      expect(out).toMatch(/^<([23467])>x\n\n<\1>y\n$/);
    }
  });

  test("stay as they are where the output is not the journal", () => {
    for (const env of [{}, { JOURNAL_STREAM: "" }, { JOURNAL_STREAM: "1:2" }] as Record<string, string>[]) {
      const { out, log } = collect("json", env);
      log.info("x");
      expect(out()).toStartWith('{"severity":"INFO"');
    }
  });
});

describe("a process whose output is the journal", () => {
  const failToStart = async (isJournal: boolean) => {
    using folder = createTempFolder({ "gateway.config.ts": "export default { nope: 1 };\n" });
    const descriptor = openSync(folder.file("journal"), "w");
    const child = Bun.spawn([process.execPath, `${process.cwd()}/index.ts`], {
      cwd: folder.path,
      env: { ...process.env, ...(isJournal ? journalOf(descriptor) : { JOURNAL_STREAM: "1:2" }) },
      stderr: descriptor,
    });
    closeSync(descriptor);
    await child.exited;
    return readFileSync(folder.file("journal"), "utf8");
  };

  test("says so of every line of why it cannot start", async () => {
    const lines = (await failToStart(true)).trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line).toStartWith("<3>");
    expect(await failToStart(false)).toStartWith("odin-gateway: the config cannot be used\n");
  });

  test("begins log lines with their level, and only there", async () => {
    using folder = createTempFolder({
      "gateway.config.ts": 'export default { logFormat: "json", http: { hostname: "127.0.0.1", port: 0 } };\n',
    });
    const path = folder.file("journal");
    const descriptor = openSync(path, "w");
    const child = Bun.spawn([process.execPath, `${process.cwd()}/index.ts`], {
      cwd: folder.path,
      env: { ...process.env, ...journalOf(descriptor) },
      stdout: descriptor,
    });
    closeSync(descriptor);
    while (!readFileSync(path, "utf8").includes('"listening"')) await Bun.sleep(20);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    for (const line of lines) expect(line).toMatch(/^<[46]>\{"severity":"(WARNING|INFO)"/);
    expect(lines.at(-1)).toMatch(/^<6>\{"severity":"INFO".*"ended"/);
  });
});
