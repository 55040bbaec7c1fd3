import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createLogger } from "../../src/log.ts";
import { openQueueDatabase, type QueueChanges } from "../../src/webhooks/queue-database.ts";
import { openKeptMessages } from "../../src/webhooks/queue-file.ts";
import { createQueueKeeper } from "../../src/webhooks/queue-keeper.ts";
import { createQueueWriter } from "../../src/webhooks/queue-writer.ts";
import { createQueueWriting } from "../../src/webhooks/queue-writing.ts";
import { createTempFolder } from "../temp-folder.ts";
import { createReceiver, createTestWebhooks, isSigned, tickUntil, until } from "./fixture.ts";

function createTestLog() {
  const lines: string[] = [];
  const log = createLogger({
    level: "DEBUG",
    format: "json",
    write: (line) => {
      const { severity, msg } = JSON.parse(line);
      lines.push(`${severity} ${msg}`);
    },
  });
  return { log, lines };
}

const message = (seq: number) => ({ seq, webhook: "w", id: `msg_${seq}`, key: "k", body: "{}", wallMs: 1.5 });

function readAll(file: string) {
  using database = openQueueDatabase(file);
  return database.read();
}

/** A writer that fails while it is told to. */
function createTestWriter() {
  const writes: QueueChanges[] = [];
  const writer = {
    writes,
    isFailing: false,
    async write(changes: QueueChanges) {
      if (writer.isFailing) throw new Error("the disk is full");
      writes.push(changes);
    },
    async [Symbol.asyncDispose]() {},
  };
  return writer;
}

describe("messages that wait", () => {
  test("are delivered after a restart, in their order, to the webhooks that are still there", async () => {
    using folder = createTempFolder();
    const { log } = createTestLog();
    let isUp = false;
    using receiver = createReceiver(() => new Response(null, { status: isUp ? 200 : 500 }));
    const gone = { url: "http://127.0.0.1:1/" };
    {
      await using webhooks = createTestWebhooks([gone, receiver], { kept: openKeptMessages(folder.path, log) });
      for (let number = 0; number < 3; number++) webhooks.add("sfu1:4433");
      await tickUntil(webhooks, () => webhooks.counts.retried === 2);
    }
    expect(statSync(folder.file("webhooks.sqlite")).mode & 0o777).toBe(0o600);
    isUp = true;
    const before = receiver.received.map(({ id }) => id);
    {
      const kept = openKeptMessages(folder.path, log);
      expect(kept.messages).toHaveLength(6);
      await using webhooks = createTestWebhooks([receiver], { kept });
      webhooks.add("sfu1:4433");
      await tickUntil(webhooks, () => webhooks.counts.delivered === 4);
    }
    expect(receiver.received[1]?.id).toBe(before[0] ?? "");
    const times = receiver.received.map(({ body }) => body.timestamp);
    expect([...times].sort()).toEqual(times);
    expect(receiver.received.every((each) => isSigned(each))).toBe(true);
    expect(readAll(folder.file("webhooks.sqlite"))).toEqual([]);
  });

  test("are on the disk a moment later, without the webhook's URL", async () => {
    using folder = createTempFolder();
    const file = folder.file("webhooks.sqlite");
    const kept = openKeptMessages(folder.path, createTestLog().log);
    await using webhooks = createTestWebhooks([{ url: "http://127.0.0.1:1/?token=query-secret" }], { kept });
    webhooks.add("sfu1:4433");
    await webhooks.clock.sleep(50);
    await until(() => existsSync(`${file}-wal`));
    await until(() => readFileSync(`${file}-wal`).includes("sfu1:4433"));
    expect(readFileSync(`${file}-wal`).includes("query-secret")).toBe(false);
  });

  test("need no file where there is no webhook", async () => {
    using folder = createTempFolder();
    const kept = openKeptMessages(folder.path, createTestLog().log);
    {
      await using webhooks = createTestWebhooks([], { kept });
      webhooks.add("sfu1:4433");
      await webhooks.clock.sleep(1_000);
    }
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("in a file that cannot be read are set aside", async () => {
    using folder = createTempFolder();
    for (const text of ["this is no database", undefined]) {
      const file = folder.file("webhooks.sqlite");
      if (text !== undefined) writeFileSync(file, text.repeat(100));
      else {
        using other = new Database(file);
        other.run("CREATE TABLE someone_elses (x)");
      }
      const { log, lines } = createTestLog();
      expect(openKeptMessages(folder.path, log).messages).toEqual([]);
      expect(lines).toEqual(["WARNING the messages that waited for webhooks cannot be read"]);
      expect(existsSync(file)).toBe(false);
      expect(readdirSync(folder.path).some((name) => name.startsWith("webhooks.sqlite.unusable-"))).toBe(true);
    }
  });
});

describe("the database", () => {
  test("takes changes, closes, and says what went wrong", () => {
    using folder = createTempFolder();
    const file = folder.file("webhooks.sqlite");
    const carryOut = createQueueWriting();
    const write = (changes: QueueChanges) => carryOut({ file, changes: JSON.stringify(changes) });
    expect(write({ added: [message(1), message(2)], removed: [] })).toEqual({ error: undefined });
    expect(write({ added: [message(3)], removed: [1] })).toEqual({ error: undefined });
    expect(carryOut({ file, changes: undefined })).toEqual({ error: undefined });
    expect(readAll(file)).toEqual([message(2), message(3)]);
    const nowhere = createQueueWriting()({ file: "/nowhere/webhooks.sqlite", changes: "{}" });
    expect(nowhere.error).toContain("unable to open");
  });
});

describe("the writer", () => {
  test("says why it could not write, and goes on", async () => {
    using folder = createTempFolder();
    const file = folder.file("later/webhooks.sqlite");
    await using writer = createQueueWriter(file);
    await expect(writer.write({ added: [message(1)], removed: [] })).rejects.toThrow("unable to open");
    mkdirSync(folder.file("later"));
    await writer.write({ added: [message(2)], removed: [] });
    await writer[Symbol.asyncDispose]();
    expect(readAll(file)).toEqual([message(2)]);
  });
});

describe("the keeper", () => {
  test("never writes what was delivered before, and deletes what was written", async () => {
    const writer = createTestWriter();
    await using keeper = createQueueKeeper(writer, createTestLog().log);
    keeper.noteAdded(message(1));
    keeper.noteAdded(message(2));
    keeper.noteRemoved(1);
    keeper.flush();
    keeper.noteRemoved(2);
    await until(() => writer.writes.length === 1);
    await Bun.sleep(0);
    keeper.flush();
    keeper.flush();
    await until(() => writer.writes.length === 2);
    expect(writer.writes).toEqual([
      { added: [message(2)], removed: [] },
      { added: [], removed: [2] },
    ]);
  });

  test("says when what was added is on the disk, without waiting for the next flush", async () => {
    const writer = createTestWriter();
    await using keeper = createQueueKeeper(writer, createTestLog().log);
    keeper.noteAdded(message(1));
    keeper.flush();
    keeper.noteAdded(message(2));
    await keeper.kept();
    expect(writer.writes.flatMap(({ added }) => added.map(({ seq }) => seq))).toEqual([1, 2]);
    writer.isFailing = true;
    keeper.noteAdded(message(3));
    await keeper.kept();
    writer.isFailing = false;
  });

  test("tries again what it could not write, and says so once", async () => {
    const writer = createTestWriter();
    const { log, lines } = createTestLog();
    writer.isFailing = true;
    {
      await using keeper = createQueueKeeper(writer, log);
      keeper.noteAdded(message(1));
      keeper.noteAdded(message(2));
      keeper.flush();
      keeper.noteRemoved(1);
      await until(() => lines.length === 1);
      keeper.noteAdded(message(3));
      for (let flush = 0; flush < 101; flush++) keeper.flush();
      await Bun.sleep(0);
      writer.isFailing = false;
      for (let flush = 0; flush < 101; flush++) keeper.flush();
      await until(() => writer.writes.length === 1);
    }
    expect(writer.writes).toEqual([{ added: [message(2), message(3)], removed: [] }]);
    expect(lines).toEqual([
      "ERROR webhooks' messages cannot be kept: those that wait are lost with a restart",
      "INFO webhooks' messages are kept again",
    ]);
  });

  test("ends also if nothing can be written", async () => {
    const writer = createTestWriter();
    writer.isFailing = true;
    const keeper = createQueueKeeper(writer, createTestLog().log);
    keeper.noteAdded(message(1));
    await keeper[Symbol.asyncDispose]();
    expect(writer.writes).toEqual([]);
  });
});
