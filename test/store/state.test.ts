import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { banClient, updateRoom } from "../../src/fleet/admin.ts";
import { takeChanges } from "../../src/fleet/changes.ts";
import { toServerId, toTagKey } from "../../src/fleet/ids.ts";
import { NOTHING, type SavedState, toSavedChanges } from "../../src/fleet/saved-state.ts";
import { createKeeper } from "../../src/store/keeper.ts";
import { openStateDatabase } from "../../src/store/state-database.ts";
import { readState } from "../../src/store/state-file.ts";
import { createStateWriter } from "../../src/store/state-writer.ts";
import { createStateWriting } from "../../src/store/state-writing.ts";
import { connect, createTestFleet, report, toWholeState } from "../fleet/fixture.ts";
import { createTempFolder } from "../temp-folder.ts";

const NO_ROWS = { isEverything: false, servers: [], listings: [], groups: [], bans: [], tasks: [], times: [] };
const ROOM = { customer: "acme", namespace: "acme", room: "a" };

/** A state with its groups parsed. */
function readAll(saved: SavedState) {
  return { ...saved, groups: [...saved.groups.batches] };
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function execute(file: string, sql: string): void {
  using database = new Database(file);
  database.run(sql);
}

describe("the kept state", () => {
  test("is read back as it was written, by whoever comes next", async () => {
    using folder = createTempFolder();
    const { file, saved, warning } = readState(folder.path, "aside");
    expect([readAll(saved), warning]).toEqual([readAll(NOTHING), undefined]);
    const fleet = createTestFleet();
    const keeper = createKeeper({
      fleet,
      writer: createStateWriter({ file, isUnread: false }),
      clockOffset: () => 0,
      onOutcome: () => {},
    });
    report(fleet, "s1", { a: 2, "{m}x": 1 }, 1);
    connect(fleet, "b", "u", 1);
    banClient(fleet, { ...ROOM, user: "cheater", banSec: 60 }, 1);
    await keeper.kept();
    for (let byte = 0; byte < 12; byte++) updateRoom(fleet, { ...ROOM, userData: [byte] }, 1);
    connect(fleet, "c", "u", 1);
    const whole = toWholeState(fleet);
    await keeper[Symbol.asyncDispose]();
    const found = readState(folder.path, "aside").saved;
    expect(found.tasks.map(([id]) => id)).toEqual(whole.tasks.map(([id]) => id).toSorted((a, b) => a - b));
    expect({ ...readAll(found), tasks: [], times: [] }).toEqual({ ...readAll(whole), tasks: [], times: [] });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("of many rows is read whole and in order, whatever their keys are made of", () => {
    using folder = createTempFolder();
    const texts = ["", "a\u0000b", 'q"\\', "é\n\t", "\u2028", "😀", ...Array.from({ length: 600 }, (_, i) => `k${i}`)];
    const numbers = Array.from({ length: 600 }, (_, i) => i * 1_000_000_007);
    const toRows = <K extends string | number>(keys: readonly K[]) => keys.map((key) => [key, toJson(key)] as const);
    const toJson = (key: string | number) => JSON.stringify({ of: key });
    {
      using database = openStateDatabase(folder.file("state.sqlite"));
      const [inOrder, reversed] = [toRows(numbers), toRows(numbers.toReversed())];
      database.write({ ...NO_ROWS, listings: toRows(texts), groups: reversed, bans: toRows(texts), tasks: inOrder });
    }
    const { listings, groups, bans, tasks } = readState(folder.path, "aside").saved;
    const ofTexts = texts.toSorted(compareBytes).map((key) => [key, { of: key }]);
    expect([listings, bans, tasks] as unknown[]).toEqual([ofTexts, ofTexts, numbers.map((key) => [key, { of: key }])]);
    const batches = [...groups.batches];
    expect(groups.count).toBe(numbers.length);
    expect(batches.length).toBeGreaterThan(1);
    expect(batches.flatMap(({ keys }) => keys)).toEqual(numbers);
    for (const { keys, values } of batches) expect(values as unknown).toEqual(keys.map((key) => ({ of: key })));
  });

  test("with keys that are damaged is read to its end, once: they are no UTF-8, out of order, or numbers that no number can be", () => {
    using folder = createTempFolder();
    const file = folder.file("state.sqlite");
    {
      using database = openStateDatabase(file);
      const bans = Array.from({ length: 1_200 }, (_, n) => [`ban ${String(n).padStart(4, "0")}`, "{}"] as const);
      database.write({ ...NO_ROWS, bans });
    }
    execute(file, "INSERT INTO bans VALUES (CAST(x'72ff' AS TEXT), '{}')");
    execute(file, "INSERT INTO tasks VALUES (9007199254740993, '{}')");
    const { saved, warning } = readState(folder.path, "aside");
    expect([saved.bans.length, saved.tasks.length, warning]).toEqual([1_201, 1, undefined]);
  });

  test("of the form in which groups had all of their rooms is taken over whole", () => {
    using folder = createTempFolder();
    const file = folder.file("state.sqlite");
    openStateDatabase(file)[Symbol.dispose]();
    execute(file, "DROP TABLE groups");
    execute(file, "DROP TABLE listings");
    execute(file, "CREATE TABLE groups (key PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID");
    execute(file, "PRAGMA user_version = 1");
    const [one, two] = [toServerId("default", "s1"), toServerId("default", "s2")];
    const write = (tag: string, server: string, tokenUntil: number, rooms: unknown[]) => {
      using database = new Database(file);
      const value = JSON.stringify({ server, namespace: "acme", tokenUntil, rooms });
      database.run("INSERT INTO groups VALUES (?, ?)", [toTagKey("default", "acme", tag), value]);
    };
    write("a", one, 0, [["a", "acme", true, 2, []]]);
    write("b", one, 900, [["b", "acme", false, 0, [["u", 800]], [70, 700]]]);
    write("c", two, 900, []);
    write("m", one, 0, [
      ["{m}x", "acme", true, 1, [["v", 800]]],
      ["{m}y", "other", true, 3, []],
    ]);
    execute(file, "INSERT INTO bans VALUES ('ban', '{}')");
    const { saved, warning } = readState(folder.path, "aside");
    expect(warning).toBeUndefined();
    expect(readAll(saved) as unknown).toEqual({
      servers: [],
      listings: [
        [
          one,
          [
            ["acme", "acme", ["a", 2, "{m}x", 1]],
            ["acme", "other", ["{m}y", 3]],
          ],
        ],
      ],
      groups: [
        {
          keys: [1, 2, 3],
          values: [
            [one, "acme", "b", 900, ["b", "acme", [["u", 800]], [70, 700]]],
            [two, "acme", "c", 900],
            [one, "acme", "m", 0, ["{m}x", "acme", [["v", 800]]]],
          ],
        },
      ],
      bans: [["ban", {}]],
      tasks: [],
      times: [],
    });
    expect(readAll(readState(folder.path, "aside").saved)).toEqual(readAll(saved));
  });

  test.each([
    [
      "no database at all",
      (file: string) => writeFileSync(file, "this is no database, but a note of somebody\n".repeat(99)),
    ],
    ["another program's database", (file: string) => execute(file, "CREATE TABLE theirs (a)")],
    [
      "a database of another version",
      (file: string) => {
        openStateDatabase(file)[Symbol.dispose]();
        execute(file, "PRAGMA user_version = 99");
      },
    ],
    [
      "a value that is not JSON",
      (file: string) => {
        openStateDatabase(file)[Symbol.dispose]();
        execute(file, "INSERT INTO bans VALUES ('key', '{')");
      },
    ],
    [
      "a value that is JSON only between others",
      (file: string) => {
        openStateDatabase(file)[Symbol.dispose]();
        execute(file, "INSERT INTO bans VALUES ('key', '1,2')");
      },
    ],
    [
      "a damaged page",
      (file: string) => {
        using database = openStateDatabase(file);
        const bans = Array.from({ length: 500 }, (_, i) => [`ban ${i}`, JSON.stringify("x".repeat(100))] as const);
        database.write({ ...NO_ROWS, bans });
        database[Symbol.dispose]();
        const bytes = readFileSync(file);
        bytes.fill(0xff, 16_384, 40_000);
        writeFileSync(file, bytes);
      },
    ],
  ])("that is %s is set aside with a warning, and a new one begun", (_, spoil) => {
    using folder = createTempFolder();
    spoil(folder.file("state.sqlite"));
    const { saved, warning, file, isUnread } = readState(folder.path, "aside");
    expect([readAll(saved), isUnread]).toEqual([readAll(NOTHING), false]);
    expect(warning).toContain(`it was set aside as ${file}.aside`);
    expect(existsSync(`${file}.aside`)).toBe(true);
    expect(readState(folder.path, "aside").warning).toBeUndefined();
  });

  test("that could not be read is not written over, but set aside when the folder can be used again", () => {
    using folder = createTempFolder();
    const file = folder.file("state.sqlite");
    mkdirSync(file);
    const found = readState(folder.path, "aside");
    expect(found).toMatchObject({
      saved: NOTHING,
      isUnread: true,
      warning: expect.stringContaining("could not be read"),
    });
    const carryOut = createStateWriting();
    expect(carryOut({ file, isUnread: true, changes: JSON.stringify(NOTHING) })).toEqual({ error: undefined });
    expect(carryOut({ file, isUnread: true, changes: undefined })).toEqual({ error: undefined });
    expect(readdirSync(folder.path)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^state.sqlite.unread-\d+$/)]),
    );
    expect(readState(folder.path, "aside")).toMatchObject({ warning: undefined, isUnread: false });
  });

  test("that was read and cannot be taken up is not written over, even if it cannot be set aside at once", async () => {
    using folder = createTempFolder();
    // The name that it would get is longer than any may be.
    const file = folder.file("s".repeat(245));
    openStateDatabase(file)[Symbol.dispose]();
    const bytes = readFileSync(file);
    await using writer = createStateWriter({ file, isUnread: false });
    expect(writer.setAside()).toContain("could not be set aside");
    const fleet = createTestFleet();
    report(fleet, "s1", {}, 1);
    await expect(writer.write(toSavedChanges(takeChanges(fleet)))).rejects.toThrow("could not be set aside");
    expect(readFileSync(file)).toEqual(bytes);
  });

  test("is absent where the folder cannot be made, which is worth a warning", () => {
    using folder = createTempFolder({ "not-a-folder": "" });
    const found = readState(folder.file("not-a-folder/state"), "aside");
    expect(found).toMatchObject({
      saved: NOTHING,
      isUnread: false,
      warning: expect.stringContaining("cannot be written"),
    });
  });
});
