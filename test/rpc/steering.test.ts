import { describe, expect, test } from "bun:test";
import { createCustomer, createWorld } from "../world.ts";
import { ask, hosted } from "./fixture.ts";

describe("operators' methods", () => {
  test.each(["Servers", "ServerRemove", "Rooms", "Bans", "BanRemove", "Usage", "Audit", "RoomClose"])(
    "%s is for operators",
    async (method) => {
      await using world = createWorld();
      const { status, body } = await world.internal(method);
      expect([status, body.error.code]).toEqual([403, -32002]);
    },
  );

  test.each([
    ["Rooms", { limit: 0 }, "limit: must be at least 1"],
    ["Bans", { after: "x" }, "after: must be a number"],
    ["Servers", { state: "gone" }, "state: must be one of enabled, full, draining, disabled, keyless, registered"],
    ["Servers", { after: 1 }, "after: must be the `next` of an earlier answer"],
    ["Usage", { limit: 10_001 }, "limit: must be at most 10000"],
    ["Audit", { before: 1.5 }, "before: must be the `next` of an earlier answer"],
    ["ServerRemove", { endpoint: "not an address" }, "endpoint: must be an address"],
    ["BanRemove", { namespace: "acme" }, "room_id"],
    ["RoomClose", { room_id: "lobby" }, "namespace"],
  ])("%s with %p says what is wrong", async (method, params, reason) => {
    await using world = createWorld();
    const { error } = await ask(world, method, params);
    expect([error.code, error.message]).toEqual([-32602, expect.stringContaining(reason)]);
  });
});

describe("ServerRemove", () => {
  test("forgets a silent server, but not one that reports", async () => {
    await using world = await hosted();
    const refused = await ask(world, "ServerRemove", { endpoint: "sfu1:4433" });
    expect(refused.error).toMatchObject({ code: -32021, message: expect.stringContaining("drain it instead") });
    await world.clock.sleep(10_000);
    expect((await ask(world, "ServerRemove", { endpoint: "sfu1:4433", pool: "other" })).error.code).toBe(-32020);
    expect((await ask(world, "ServerRemove", { endpoint: "sfu1:4433" })).result).toEqual({});
    expect(world.logLines.map(({ msg }) => msg)).toContain("a server was forgotten, as an operator asked");
    expect((await ask(world, "Servers")).result.servers).toEqual([]);
    expect((await ask(world, "Rooms")).result.rooms).toEqual([]);
  });
});

describe("rooms of any customer", () => {
  test("are closed, freed of users and told things, at the cost of whose namespace it is", async () => {
    await using world = createWorld({ customers: [createCustomer("acme", { namespace: "live" }).entry] });
    await world.report("sfu1:4433", [{ room: "lobby", peers: 1, namespace: "live" }]);
    const room = { namespace: "live", room_id: "lobby" };
    expect((await ask(world, "RoomSendMessage", { ...room, user_id: "bob", message: [1] })).result).toEqual({});
    expect((await ask(world, "RoomBanClient", { ...room, user_id: "bob", ban_time: 60 })).result).toEqual({});
    expect((await ask(world, "RoomClose", { ...room, ban_time: 60 })).result).toEqual({});
    const { tasks } = (await world.report("sfu1:4433", [{ room: "lobby", peers: 1, namespace: "live" }])).body.result;
    expect(tasks).toMatchObject([
      { task: "RoomSendMessage", user_id: "bob", message: [1] },
      { task: "RoomBanClient", user_id: "bob" },
      { task: "RoomClose", id: ["live", "lobby"] },
    ]);
    expect((await ask(world, "Bans")).result.bans).toMatchObject([
      { customer: "acme", namespace: "live", room_id: "lobby", user_id: "bob" },
      { customer: "acme", namespace: "live", room_id: "lobby" },
    ]);
  });

  test("of a namespace that nobody has are not", async () => {
    await using world = await hosted();
    const { error } = await ask(world, "RoomClose", { namespace: "nobody", room_id: "lobby" });
    expect(error).toMatchObject({ code: -32022, message: 'no customer has the namespace "nobody"' });
  });

  test("of an unknown customer are, where such are admitted", async () => {
    const close = { namespace: "demo_x", room_id: "lobby", ban_time: 60 };
    await using open = createWorld({ unknownCustomers: { maxPeers: 1, maxRooms: 1 } });
    expect((await ask(open, "RoomClose", close)).result).toEqual({});
    await using closed = createWorld();
    expect((await ask(closed, "RoomClose", close)).error.code).toBe(-32022);
  });
});

describe("Bans and BanRemove", () => {
  test("list bans by customer, namespace and room, in pages, and end them", async () => {
    await using world = await hosted();
    for (const user_id of ["a", "b", "c"])
      await ask(world, "RoomBanClient", { namespace: "acme", room_id: "lobby", user_id, ban_time: 60 });
    await ask(world, "RoomClose", { namespace: "acme", room_id: "other", ban_time: 90 });
    const users = async (query: object) =>
      (await ask(world, "Bans", query)).result.bans.map((ban: { user_id?: string }) => ban.user_id);
    expect(await users({ room: "lobby" })).toEqual(["a", "b", "c"]);
    expect(await users({ customer: "acme", room: "none" })).toEqual([]);
    expect(await users({ namespace: "acme", room: "other" })).toEqual([undefined]);
    const first = (await ask(world, "Bans", { limit: 2 })).result;
    expect(await users({ after: first.next })).toEqual(["c", undefined]);

    await world.report("sfu1:4433", [{ room: "lobby", peers: 1 }]);
    const ban = { namespace: "acme", room_id: "lobby", user_id: "b" };
    expect((await ask(world, "BanRemove", ban)).result).toEqual({});
    expect((await ask(world, "BanRemove", ban)).error.code).toBe(-32023);
    const { tasks } = (await world.report("sfu1:4433", [{ room: "lobby", peers: 1 }])).body.result;
    expect(tasks.at(-1)).toMatchObject({ task: "RoomBanClient", user_id: "b", ban_time: { secs: 0, nanos: 0 } });
    expect((await world.call(await world.token("lobby", "b"), "Connect")).body.result.address).toBe("sfu1:4433");
    expect((await ask(world, "BanRemove", { namespace: "acme", room_id: "other" })).result).toEqual({});
    await world.clock.sleep(61_000);
    expect(await users({})).toEqual([]);
  });
});
