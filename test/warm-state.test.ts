import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createVirtualClock } from "../src/sim/virtual-clock.ts";
import { readState } from "../src/store/state-file.ts";
import { createStateWriter } from "../src/store/state-writer.ts";
import { createTempFolder } from "./temp-folder.ts";
import { createCustomer, createWorld, type World } from "./world.ts";

const START = Date.UTC(2026, 0, 1);
const acme = createCustomer("acme", { maxPeers: 10 });

/** A gateway on the state of a folder. */
function startWorld(stateDir: string, startMs = START): World {
  const { file, saved, isUnread } = readState(stateDir, "aside");
  const writer = createStateWriter({ file, isUnread });
  return createWorld({}, acme, undefined, {
    startMs,
    state: { saved, writer },
  });
}

const connect = async (world: World, room: string, user: string) =>
  (await world.call(await world.token(room, user), "Connect")).body;

const ban = async (world: World, room: string, user: string) =>
  (
    await world.call(await world.token(room, "backend"), "RoomBanClient", {
      room_id: room,
      user_id: user,
      ban_time: 3600,
    })
  ).body;

describe("after a restart", () => {
  test("the first Connect goes to the room's old server, bans hold, limits count, and tasks arrive", async () => {
    using folder = createTempFolder();
    const before = startWorld(folder.path);
    const servers = ["sfu1:4433", "sfu2:4433", "sfu3:4433"];
    for (const server of servers) await before.report(server);
    const homes = new Map<string, string>();
    for (let n = 0; n < 8; n++) homes.set(`room-${n}`, (await connect(before, `room-${n}`, "u")).result.address);
    expect((await ban(before, "room-0", "cheater")).result).toEqual({});
    await before[Symbol.asyncDispose]();

    await using after = startWorld(folder.path, START + 5_000);
    expect(after.logLines).toContainEqual(
      expect.objectContaining({ msg: "the state of before was taken up", servers: 3, rooms: 8, bans: 1, tasks: 1 }),
    );
    for (const [room, home] of homes)
      expect([room, (await connect(after, room, "u")).result.address]).toEqual([room, home]);
    expect((await connect(after, "room-0", "cheater")).error.code).toBe(-32014);
    await connect(after, "room-0", "ninth");
    await connect(after, "room-0", "tenth");
    expect((await connect(after, "room-0", "eleventh")).error.message).toBe("peer limit exceeded");
    const { body } = await after.report(homes.get("room-0") ?? "", [{ room: "room-0", peers: 1 }]);
    expect(body.result.tasks).toEqual([expect.objectContaining({ task: "RoomBanClient", user_id: "cheater" })]);
  });

  test("the known servers count as live for 7.5 s, as the silence was our own", async () => {
    using folder = createTempFolder();
    const before = startWorld(folder.path);
    await before.report("sfu1:4433");
    await before[Symbol.asyncDispose]();
    await using after = startWorld(folder.path, START + 300_000);
    await after.clock.sleep(7_400);
    expect((await connect(after, "a", "u")).result.address).toBe("sfu1:4433");
    await after.clock.sleep(200);
    expect((await connect(after, "b", "u")).error.message).toBe("no server available");
  });

  test("tokens of the kept servers' keys verify at once", async () => {
    using folder = createTempFolder();
    const before = startWorld(folder.path);
    const server = before.server("sfu1:4433");
    await server.start();
    const { token } = (await connect(before, "a", "u")).result;
    await before[Symbol.asyncDispose]();
    await using after = startWorld(folder.path, START + 1_000);
    const { body } = await after.call(token, "Connect");
    // What we signed is for servers: it is refused for its audience, not because nobody knows the key.
    expect(body.error.message).toContain("aud");
  });

  test("servers that would have been removed by now stay away with their rooms, and bans stay in force", async () => {
    using folder = createTempFolder();
    const before = startWorld(folder.path);
    await before.report("sfu1:4433", [{ room: "a", peers: 1 }]);
    await ban(before, "a", "cheater");
    await before[Symbol.asyncDispose]();
    await using after = startWorld(folder.path, START + 601_000);
    expect(after.logLines).toContainEqual(
      expect.objectContaining({ msg: "servers that were kept are too old to be taken up", servers: 1 }),
    );
    expect((await connect(after, "a", "u")).error.message).toBe("no server available");
    expect((await connect(after, "a", "cheater")).error.code).toBe(-32014);
    await after[Symbol.asyncDispose]();
    expect(readState(folder.path, "aside").saved).toMatchObject({
      servers: [],
      groups: { count: 0 },
      tasks: [],
      bans: [{}],
    });
  });

  test("a server whose clock seemed to be in the future is no server for ever", async () => {
    using folder = createTempFolder();
    const before = startWorld(folder.path, START + 86_400_000);
    await before.report("sfu1:4433");
    await before[Symbol.asyncDispose]();
    await using after = startWorld(folder.path);
    await after.clock.sleep(700_000);
    expect((await after.internal("Info", {}, { user: "op" })).body.result.servers).toEqual([]);
  });
});

describe("a state folder that cannot be written to", () => {
  test("does not stop Connect; calls of backends are answered with an error, and the log says so, until it can be again", async () => {
    using folder = createTempFolder();
    const stateDir = folder.file("state");
    writeFileSync(stateDir, "in the way");
    await using world = startWorld(stateDir);
    await world.report("sfu1:4433");
    expect((await connect(world, "a", "u")).result.address).toBe("sfu1:4433");
    expect((await ban(world, "a", "cheater")).error).toMatchObject({
      code: -32019,
      message: expect.stringContaining("a restart would forget it"),
    });
    expect((await connect(world, "a", "cheater")).error.code).toBe(-32014);
    expect(world.logLines).toContainEqual(
      expect.objectContaining({ severity: "ERROR", msg: expect.stringContaining("the state cannot be kept") }),
    );
    rmSync(stateDir);
    mkdirSync(stateDir);
    // It is tried again a second later at the soonest.
    await world.clock.sleep(1_100);
    expect((await ban(world, "a", "other")).result).toEqual({});
    expect(world.logLines).toContainEqual(expect.objectContaining({ msg: "the state is kept again" }));
    expect(readState(folder.file("elsewhere"), "aside").saved.bans).toEqual([]);
    await world[Symbol.asyncDispose]();
    expect(readState(stateDir, "aside").saved.bans).toHaveLength(2);
  });

  test("is said to have lost what was not kept when the gateway ends", async () => {
    using folder = createTempFolder({ state: "in the way" });
    const world = startWorld(folder.file("state"));
    await ban(world, "a", "cheater");
    await world[Symbol.asyncDispose]();
    expect(world.logLines).toContainEqual(
      expect.objectContaining({
        severity: "ERROR",
        msg: expect.stringContaining("could not be kept to the end"),
        lost: 1,
      }),
    );
  });
});

describe("a kept state", () => {
  const spoil = (stateDir: string, table: string, json: string) => {
    using database = new Database(join(stateDir, "state.sqlite"));
    const key = table === "groups" ? 1 : "7:default0:4:evil";
    database.run(`INSERT OR REPLACE INTO ${table} VALUES (?, ?)`, [key, json]);
  };

  test.each([
    ["servers", "{}"],
    ["listings", "{}"],
    ["groups", "null"],
    ["groups", "{"],
    ["bans", "{}"],
    ["tasks", "{}"],
  ])("with a value in %s that is none does not keep the gateway from starting", async (table, json) => {
    using folder = createTempFolder();
    const before = startWorld(folder.path);
    await before.report("sfu1:4433", [{ room: "a", peers: 1 }]);
    await before[Symbol.asyncDispose]();
    spoil(folder.path, table, json);
    const after = startWorld(folder.path);
    await after.report("sfu1:4433");
    expect((await connect(after, "a", "u")).result.address).toBe("sfu1:4433");
    await after[Symbol.asyncDispose]();
    // What is of no pool or server that is there does no harm, and is passed over.
    const isPassedOver = table === "servers" || table === "tasks";
    expect(readdirSync(folder.path).some((name) => name.includes(".unusable-"))).toBe(!isPassedOver);
    expect(after.logLines.some(({ msg }) => String(msg).includes("cannot be taken up"))).toBe(!isPassedOver);
  });

  test("of a clock that was wrong by hours holds its bans for as long as they were meant, and nothing for ever", async () => {
    using folder = createTempFolder();
    // The process begins two hours behind, then the machine's clock is set right.
    let ahead = 0;
    const { file, saved, isUnread } = readState(folder.path, "aside");
    const writer = createStateWriter({ file, isUnread });
    const virtual = createVirtualClock(START - 7_200_000);
    const clock = { ...virtual, wall: () => virtual.now() + ahead };
    const before = createWorld({}, acme, clock, {
      startMs: START - 7_200_000,
      state: { saved, writer },
    });
    await before.report("sfu1:4433", [{ room: "a", peers: 1 }]);
    expect((await ban(before, "a", "cheater")).result).toEqual({});
    ahead = 7_200_000;
    await virtual.sleep(200);
    await before[Symbol.asyncDispose]();
    await using after = startWorld(folder.path, START + 1_000);
    expect((await connect(after, "a", "cheater")).error.code).toBe(-32014);
    expect((await connect(after, "a", "u")).result.address).toBe("sfu1:4433");
    await after.clock.sleep(3_600_000);
    await after.report("sfu1:4433");
    expect((await connect(after, "a", "cheater")).result.address).toBe("sfu1:4433");
  });

  test("of a server that holds no key in force is told of as an error, and is why the gateway is not ready", async () => {
    using folder = createTempFolder();
    const before = startWorld(folder.path);
    await before.server("sfu1:4433").start();
    await before[Symbol.asyncDispose]();
    const { file, saved, isUnread } = readState(folder.path, "aside");
    const state = { saved, writer: createStateWriter({ file, isUnread }) };
    const other = { masterKey: new Uint8Array(32).fill(9).toBase64() };
    await using after = createWorld(other, acme, undefined, { startMs: START, state });
    await after.clock.sleep(200);
    expect(after.logLines).toContainEqual(
      expect.objectContaining({ severity: "ERROR", msg: expect.stringContaining("holds no key that is in force") }),
    );
    expect(after.gateway.unreadyReasons()).toEqual(["no server that reports holds a key in force"]);
  });
});
