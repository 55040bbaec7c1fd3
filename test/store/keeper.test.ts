import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { banClient } from "../../src/fleet/admin.ts";
import { countChanges } from "../../src/fleet/changes.ts";
import { toServerId } from "../../src/fleet/ids.ts";
import type { SavedChanges } from "../../src/fleet/saved-state.ts";
import { createKeeper, type KeepOutcome } from "../../src/store/keeper.ts";
import { readState } from "../../src/store/state-file.ts";
import { createStateWriter, type StateWriter } from "../../src/store/state-writer.ts";
import { connect, createTestFleet, report } from "../fleet/fixture.ts";
import { createTempFolder } from "../temp-folder.ts";

const ROOM = { customer: "acme", namespace: "acme", room: "a" };

/** A writer that only tells what it is to write. */
function createListeningWriter(
  onWrite: (changes: SavedChanges) => void,
): Pick<StateWriter, "write" | typeof Symbol.asyncDispose> {
  return {
    async write(changes) {
      onWrite(changes);
    },
    async [Symbol.asyncDispose]() {},
  };
}

describe("the keeper", () => {
  test("keeps what it could not write, says so, and writes it when the disk lets it", async () => {
    using folder = createTempFolder();
    const fleet = createTestFleet();
    const outcomes: KeepOutcome[] = [];
    const file = folder.file("later/state.sqlite");
    const keeper = createKeeper({
      fleet,
      writer: createStateWriter({ file, isUnread: false }),
      clockOffset: () => 0,
      onOutcome: (outcome) => outcomes.push(outcome),
    });
    report(fleet, "s1", { a: 1 }, 1);
    banClient(fleet, { ...ROOM, user: "cheater", banSec: 60 }, 1);
    await expect(keeper.kept()).rejects.toMatchObject({
      error: "notKept",
      message: expect.stringContaining("unable to open"),
    });
    await expect(keeper.kept()).rejects.toThrow("this is in force, but a restart would forget it");
    expect(outcomes).toEqual([{ kept: false, reason: expect.stringContaining("unable to open") }]);
    mkdirSync(folder.file("later"));
    // It is not tried again with every flush.
    for (let flush = 0; flush < 12; flush++) keeper.flush();
    await keeper.kept();
    expect(outcomes.slice(1)).toEqual([{ kept: true }]);
    await keeper[Symbol.asyncDispose]();
    const { saved } = readState(folder.file("later"), "aside");
    expect(saved.bans).toHaveLength(1);
    expect(saved.listings).toEqual([[toServerId("default", "s1"), [["acme", "acme", ["a", 1]]]]]);
  });

  test("bounds what it holds of things that came and went while nothing could be written", async () => {
    using folder = createTempFolder();
    const fleet = createTestFleet();
    const file = folder.file("later/state.sqlite");
    const keeper = createKeeper({
      fleet,
      writer: createStateWriter({ file, isUnread: false }),
      clockOffset: () => 0,
      onOutcome: () => {},
    });
    report(fleet, "s1", {}, 1);
    for (let round = 1; round <= 8; round++) {
      const rooms = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`room ${round} ${n}`, 1]));
      report(fleet, "s1", rooms, round);
      for (let flush = 0; flush < 101; flush++) keeper.flush();
      await keeper.kept().catch(() => {});
    }
    report(fleet, "s1", { last: 1 }, 9);
    for (let flush = 0; flush < 101; flush++) keeper.flush();
    await keeper.kept().catch(() => {});
    expect(countChanges(fleet.changes)).toBeLessThanOrEqual(10_000);
    mkdirSync(folder.file("later"));
    await keeper[Symbol.asyncDispose]();
    expect(readState(folder.file("later"), "aside").saved.listings).toEqual([
      [toServerId("default", "s1"), [["acme", "acme", ["last", 1]]]],
    ]);
  });

  test("takes what is under way to its end, and then nothing more", async () => {
    using folder = createTempFolder();
    const fleet = createTestFleet();
    const keeper = createKeeper({
      fleet,
      writer: createStateWriter({ file: folder.file("state.sqlite"), isUnread: false }),
      clockOffset: () => 0,
      onOutcome: () => {},
    });
    report(fleet, "s1", { a: 1 }, 1);
    const calls = Array.from({ length: 50 }, async (_, n) => {
      banClient(fleet, { ...ROOM, user: `cheater-${n}`, banSec: 60 }, 1);
      await keeper.kept();
    });
    await keeper[Symbol.asyncDispose]();
    await Promise.all(calls);
    expect(readState(folder.path, "aside").saved.bans).toHaveLength(50);
    banClient(fleet, { ...ROOM, user: "late", banSec: 60 }, 1);
    await expect(keeper.kept()).rejects.toThrow("the gateway has ended");
  });

  test("writes without being asked when much has changed", async () => {
    using folder = createTempFolder();
    const fleet = createTestFleet();
    const file = folder.file("state.sqlite");
    await using keeper = createKeeper({
      fleet,
      writer: createStateWriter({ file, isUnread: false }),
      clockOffset: () => 0,
      onOutcome: () => {},
    });
    report(fleet, "s1", {}, 1);
    for (let room = 0; room < 200; room++) {
      connect(fleet, `room ${room}`, "u", 1);
      keeper.noteChanges();
    }
    expect(fleet.changes.groups.size).toBe(200);
    while (fleet.changes.groups.size > 0) await Bun.sleep(1);
    await keeper.kept();
  });

  test("writes listings of no more than 10,000 rooms at a time, whatever one of them has", async () => {
    const fleet = createTestFleet();
    const written: number[] = [];
    await using keeper = createKeeper({
      fleet,
      writer: createListeningWriter(({ listings }) => written.push(listings.length)),
      clockOffset: () => 0,
      onOutcome: () => {},
    });
    for (const [index, count] of [6_000, 6_000, 12_000, 10].entries()) {
      const rooms = Array.from({ length: count }, (_, n) => [`{${index} ${n % 3_000}}${n}`, 1] as const);
      report(fleet, `s${index}`, Object.fromEntries(rooms), 1);
    }
    for (let flush = 0; flush < 4; flush++) {
      keeper.flush();
      await keeper.kept();
    }
    expect(written.filter((listings) => listings > 0)).toEqual([2, 1, 1]);
  });

  test("writes who is on the way to a room less often than where the room is", async () => {
    const fleet = createTestFleet();
    const written: number[] = [];
    await using keeper = createKeeper({
      fleet,
      writer: createListeningWriter(({ groups }) => written.push(groups.length)),
      clockOffset: () => 0,
      onOutcome: () => {},
    });
    report(fleet, "s1", {}, 1);
    for (let tick = 0; tick < 21; tick++) {
      connect(fleet, "lobby", `user ${tick}`, 2 + tick);
      keeper.flush();
      await keeper.kept();
    }
    expect(written.filter((groups) => groups > 0)).toEqual([1, 1, 1]);
  });
});
