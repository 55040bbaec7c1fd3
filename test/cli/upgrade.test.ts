import { expect, test } from "bun:test";
import { offerTakeover } from "../../src/cli/takeover.ts";
import { createUpgrade, findPredecessor, tryToOfferTakeover } from "../../src/cli/upgrade.ts";
import { createLogger } from "../../src/log.ts";
import type { Json } from "../json.ts";
import { createTempFolder } from "../temp-folder.ts";
import { settle } from "./fake-workers.ts";

function createLog() {
  const lines: Json[] = [];
  const log = createLogger({ level: "INFO", format: "json", write: (line) => lines.push(JSON.parse(line)) });
  return { lines, log };
}

test("an upgrade starts one process at a time, and another one when that has failed", async () => {
  const { lines, log } = createLog();
  const started: ((code: number) => void)[] = [];
  let upgrade = () => {};
  const io = {
    onUpgrade(callback: () => void) {
      upgrade = callback;
      return { [Symbol.dispose]() {} };
    },
  };
  createUpgrade(io, log, () => new Promise<number>((resolve) => started.push(resolve)));
  upgrade();
  upgrade();
  expect(started).toHaveLength(1);
  started[0]?.(7);
  await settle();
  expect(lines.at(-1)).toMatchObject({ severity: "ERROR", exitCode: 7, msg: expect.stringContaining("goes on") });
  upgrade();
  expect(started).toHaveLength(2);
});

test("a predecessor that does not give way is an error with its reason, and none is a warning", async () => {
  using folder = createTempFolder();
  const { lines, log } = createLog();
  expect(await findPredecessor(folder.path, log)).toBeUndefined();
  expect(lines).toMatchObject([{ severity: "WARNING", msg: "there is no gateway to take over from" }]);
  using _offer = offerTakeover(folder.path, async () => "it is about to end");
  await expect(findPredecessor(folder.path, log)).rejects.toThrow("does not give way: it is about to end");
});

test("where there is no place for a socket nobody can take over, which is a warning", () => {
  using folder = createTempFolder({ file: "" });
  const { lines, log } = createLog();
  using _offer = tryToOfferTakeover(folder.file("file"), log, async () => undefined);
  expect(lines).toMatchObject([{ severity: "WARNING", msg: expect.stringContaining("no place for a socket") }]);
});
