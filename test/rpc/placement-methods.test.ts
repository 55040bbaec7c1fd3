import { describe, expect, test } from "bun:test";
import { readState } from "../../src/store/state-file.ts";
import { createStateWriter } from "../../src/store/state-writer.ts";
import { createTempFolder } from "../temp-folder.ts";
import { createCustomer, createWorld, USERS, type World } from "../world.ts";

const operator = { user: "op" };
const acme = createCustomer("acme");
const connect = async (world: World, room: string, user = "u") =>
  (await world.call(await world.token(room, user), "Connect")).body;
const ask = async (world: World, method: string, params: object) =>
  (await world.internal(method, params, operator)).body;

describe("ServerDrain", () => {
  test("gives a server no new rooms, while those it has stay and can be joined, until ServerUndrain", async () => {
    await using world = createWorld();
    await world.report("sfu1:4433");
    expect((await connect(world, "old")).result.address).toBe("sfu1:4433");
    await world.report("sfu2:4433");
    expect((await ask(world, "ServerDrain", { endpoint: "sfu1:4433" })).result).toEqual({});
    for (let n = 0; n < 20; n++) expect((await connect(world, `new-${n}`)).result.address).toBe("sfu2:4433");
    expect((await connect(world, "old", "friend")).result.address).toBe("sfu1:4433");
    const drained = (await ask(world, "Info", {})).result.servers[0];
    expect(drained).toMatchObject({ address: "sfu1:4433", disabled: false, draining: {} });
    expect((await ask(world, "ServerUndrain", { endpoint: "sfu1:4433" })).result).toEqual({});
    const used = new Set<string>();
    for (let n = 20; n < 60; n++) used.add((await connect(world, `new-${n}`)).result.address);
    expect(used).toContain("sfu1:4433");
  });

  test("closes the rooms when the deadline is over, so that they move", async () => {
    await using world = createWorld();
    const rooms = [{ room: "a", peers: 3 }];
    await world.report("sfu1:4433", rooms);
    await world.report("sfu2:4433");
    await ask(world, "ServerDrain", { endpoint: "sfu1:4433", deadline: 5 });
    expect((await world.report("sfu1:4433", rooms)).body.result.tasks).toEqual([]);
    expect((await connect(world, "a")).result.address).toBe("sfu1:4433");
    await world.clock.sleep(5_000);
    const { tasks } = (await world.report("sfu1:4433", rooms)).body.result;
    expect(tasks).toEqual([expect.objectContaining({ task: "RoomClose", id: ["acme", "a"] })]);
    await world.report("sfu2:4433");
    expect((await connect(world, "a")).result.address).toBe("sfu2:4433");
  });

  test("holds over a restart", async () => {
    using folder = createTempFolder();
    const acme = createCustomer("acme");
    const startOn = () => {
      const { file, saved, isUnread } = readState(folder.path, "aside");
      const writer = createStateWriter({ file, isUnread });
      return createWorld({}, acme, undefined, { state: { saved, writer } });
    };
    const before = startOn();
    await before.report("sfu1:4433");
    await before.report("sfu2:4433");
    await ask(before, "ServerDrain", { endpoint: "sfu1:4433" });
    await before[Symbol.asyncDispose]();
    await using after = startOn();
    for (let n = 0; n < 10; n++) expect((await connect(after, `room-${n}`)).result.address).toBe("sfu2:4433");
  });

  test.each([
    [{ endpoint: "sfu9:4433" }, -32020],
    [{ endpoint: "sfu1:4433", pool: "nowhere" }, -32020],
    [{}, -32602],
    [{ endpoint: "sfu1:4433", deadline: -1 }, -32602],
  ])("of %p is refused", async (params, code) => {
    await using world = createWorld();
    await world.report("sfu1:4433");
    expect((await ask(world, "ServerDrain", params)).error.code).toBe(code);
  });

  test("is for operators", async () => {
    await using world = createWorld();
    await world.report("sfu1:4433");
    for (const method of ["ServerDrain", "ServerUndrain", "ExplainPlacement"])
      expect((await world.internal(method, { endpoint: "sfu1:4433" })).status).toBe(403);
  });
});

describe("ExplainPlacement", () => {
  test("says where a room is, and what speaks for and against every server", async () => {
    await using world = createWorld();
    await world.report("sfu1:4433", [], { load: 0.5, clients: 250 });
    await world.report("sfu2:4433", [], { load: 0.1, clients: 50 });
    await world.report("sfu3:4433");
    await ask(world, "ServerDrain", { endpoint: "sfu3:4433" });
    await world.clock.sleep(1_000);
    const { address } = (await connect(world, "lobby")).result;
    const { result } = await ask(world, "ExplainPlacement", { customer: "acme", room_id: "lobby" });
    expect(result.host).toBe(address);
    const byEndpoint = new Map<string, Record<string, unknown>>(
      result.candidates.map((candidate: Record<string, unknown>) => [candidate.endpoint, candidate]),
    );
    expect(byEndpoint.get("sfu1:4433")).toMatchObject({ reportedLoad: 0.5, reportAgeMs: 1_000, clients: 250 });
    expect(byEndpoint.get("sfu3:4433")).toMatchObject({ leftOut: "draining", weight: 0 });
    expect(byEndpoint.get(address)).toMatchObject({ pending: 1 });
    expect((await ask(world, "ExplainPlacement", {})).result.host).toBeUndefined();
  });

  test("looks for a room in all namespaces of the pool where none is named", async () => {
    const customers = [acme.entry, createCustomer("other", { namespace: "live" }).entry];
    await using world = createWorld({ customers }, acme);
    const hosted = (namespace: string, room: string) => ({ room, peers: 1, namespace, customer: namespace });
    await world.report("sfu1:4433", [hosted("acme", "lobby"), hosted("live", "arena"), hosted("acme", "arena")]);
    expect((await ask(world, "ExplainPlacement", { room_id: "lobby" })).result).toMatchObject({
      namespace: "acme",
      customer: "acme",
      host: "sfu1:4433",
    });
    const { error } = await ask(world, "ExplainPlacement", { room_id: "arena" });
    expect(error).toMatchObject({
      code: -32026,
      message: 'several namespaces have a room "arena", say which: live/arena, acme/arena',
      data: { candidates: ["live/arena", "acme/arena"] },
    });
    expect((await ask(world, "ExplainPlacement", { room_id: "arena", namespace: "live" })).result).toMatchObject({
      namespace: "live",
      customer: "other",
      host: "sfu1:4433",
    });
    const { result } = await ask(world, "ExplainPlacement", { room_id: "nowhere" });
    expect(result).toMatchObject({ candidates: [{ endpoint: "sfu1:4433" }] });
    expect(Object.keys(result)).not.toContain("host");
    expect(result).not.toHaveProperty("namespace");
  });

  test("finds that room among many others, and names at most ten namespaces that have one", async () => {
    await using world = createWorld();
    const many = Array.from({ length: 12_000 }, (_, i) => ({ room: `r${i}`, peers: 1 }));
    const rooms = Array.from({ length: 12 }, (_, i) => ({ room: "r11999", peers: 1, namespace: `n${i}` }));
    await world.report("sfu1:4433", many);
    expect((await ask(world, "ExplainPlacement", { room_id: "r11999" })).result.namespace).toBe("acme");
    await world.report("sfu1:4433", [...many, ...rooms]);
    const { message, data } = (await ask(world, "ExplainPlacement", { room_id: "r11999" })).error;
    expect(message).toEndWith("n8/r11999 and others");
    expect(data.candidates).toHaveLength(10);
  });

  test.each([
    [{ customer: "nobody" }, -32024, 'customer "nobody" is not configured'],
    [{ namespace: "nowhere", room_id: "lobby" }, -32022, 'no customer has the namespace "nowhere"'],
    [{ pool: "eu" }, -32025, 'there is no pool "eu"'],
  ])("of %p says that nobody knows it", async (params, code, reason) => {
    await using world = createWorld();
    await world.report("sfu1:4433", [{ room: "lobby", peers: 1, namespace: "old", customer: "removed" }]);
    const { error } = await ask(world, "ExplainPlacement", params);
    expect(error).toMatchObject({ code, message: expect.stringContaining(reason) });
    // Rooms of a customer who was removed are there still.
    for (const known of [{ namespace: "old" }, { customer: "removed", namespace: "old" }, {}])
      expect((await ask(world, "ExplainPlacement", { ...known, room_id: "lobby" })).result.host).toBe("sfu1:4433");
  });

  test("has its reasons in the log too, where that is asked for", async () => {
    await using world = createWorld();
    await world.report("sfu1:4433", [], { load: 0.25, clients: 100 });
    await connect(world, "lobby");
    expect(world.logLines).toContainEqual(
      expect.objectContaining({ severity: "DEBUG", msg: "room.placed", endpoint: "sfu1:4433", reportedLoad: 0.25 }),
    );
  });
});

describe("tags", () => {
  const tagged = createCustomer("acme");
  const config = {
    customers: [{ ...tagged.entry, tags: ["eu", "big"] }],
    internal: { users: { ...USERS, eu: { password: USERS.sfu, tags: ["eu"] } } },
  };

  test("keep a customer to the servers that carry all of them, of their own config or of the user as whom they call", async () => {
    await using world = createWorld(config, tagged);
    await world.server("plain:4433").start();
    await world.server("big:4433", { config: '[database.report]\ntags = ["big"]\n' }).start();
    expect((await connect(world, "a")).error.message).toBe("no server available");
    const own = '[database.report]\ntags = ["big"]\n';
    await world.internal("sfu.GridConfig", { public_endpoint: "both:4433", version: "1", config: own }, { user: "eu" });
    await world.report("both:4433");
    // Who reports as another user carries that one's tags.
    expect((await connect(world, "a")).error.message).toBe("no server available");
    const report = { public_endpoint: "both:4433", version: "1", load: 0, clients: 0, rooms: [] };
    await world.internal("sfu.Report", report, { user: "eu" });
    for (let n = 0; n < 10; n++) expect((await connect(world, `room-${n}`)).result.address).toBe("both:4433");
    const { result } = await ask(world, "ExplainPlacement", { customer: "acme" });
    expect(result.candidates.map(({ endpoint, leftOut }: Record<string, string>) => [endpoint, leftOut])).toEqual([
      ["plain:4433", "tags"],
      ["big:4433", "tags"],
      ["both:4433", undefined],
    ]);
  });
});
