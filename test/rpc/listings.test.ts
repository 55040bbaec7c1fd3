import { describe, expect, test } from "bun:test";
import { createCustomer, createWorld, type World } from "../world.ts";
import { ask, hosted } from "./fixture.ts";

describe("Servers", () => {
  test("shows all phases, drains, the age of the last report, the estimate and what they hold", async () => {
    await using world = await hosted();
    await world.report("sfu2:4433", [], { load: 0.5, clients: 100 });
    await world.internal("sfu.GridConfig", { public_endpoint: "sfu3:4433", version: "1", config: "" });
    await ask(world, "ServerDrain", { endpoint: "sfu2:4433", deadline: 60 });
    await world.clock.sleep(2_000);
    const { servers } = (await ask(world, "Servers")).result;
    expect(servers).toMatchObject([
      {
        endpoint: "sfu1:4433",
        phase: "enabled",
        state: "enabled",
        reportAgeMs: 2_000,
        rooms: 1,
        peers: 2,
        tasks: 0,
        tags: [],
      },
      { endpoint: "sfu2:4433", state: "draining", load: 0.5, estimate: 0.5, clients: 100, leftOut: "draining" },
      { endpoint: "sfu3:4433", phase: "registered", state: "registered", leftOut: "registered" },
    ]);
    expect(servers[1].draining).toEqual({
      deadline: new Date(world.clock.now() + 58_000).toISOString(),
      leftMs: 58_000,
    });
    await world.clock.sleep(10_000);
    expect((await ask(world, "Servers")).result.servers[0]).toMatchObject({ phase: "disabled", leftOut: "disabled" });
  });

  test("come in pages by pool and address, and are found by pool, state and a part of the address", async () => {
    await using world = createWorld({ sfuPools: { available: ["default", "eu"], default: "default" } });
    for (const endpoint of ["b2:1", "a1:1", "b1:1"]) await world.report(endpoint);
    await world.report("a2:1", [], { path: "/eu/internal" });
    await world.report("b3:1", [], { load: 0.95 });
    await ask(world, "ServerDrain", { endpoint: "b2:1" });
    const found = async (query: object) =>
      (await ask(world, "Servers", query)).result.servers.map(({ endpoint }: { endpoint: string }) => endpoint);
    expect(await found({})).toEqual(["a1:1", "b1:1", "b2:1", "b3:1", "a2:1"]);
    expect(await found({ pool: "eu" })).toEqual(["a2:1"]);
    expect(await found({ endpoint: "b" })).toEqual(["b1:1", "b2:1", "b3:1"]);
    expect([await found({ state: "draining" }), await found({ state: "full" })]).toEqual([["b2:1"], ["b3:1"]]);
    const { servers, next } = (await ask(world, "Servers", { limit: 2 })).result;
    expect([servers.length, next]).toEqual([2, "default/b1:1"]);
    await world.report("a0:1");
    const second = (await ask(world, "Servers", { limit: 3, after: next })).result;
    expect(second.servers).toMatchObject([{ endpoint: "b2:1" }, { endpoint: "b3:1" }, { endpoint: "a2:1" }]);
    expect(second).not.toHaveProperty("next");
  });
});

describe("a name that nobody knows", () => {
  test.each([
    ["Servers", { pool: "eu" }, -32025, 'there is no pool "eu", but "default"'],
    ["Rooms", { pool: "eu" }, -32025, 'there is no pool "eu"'],
    ["Rooms", { server: "sfu9:4433" }, -32020, 'no server "sfu9:4433" has registered or reported'],
    ["Rooms", { customer: "nobody" }, -32024, 'customer "nobody" is not configured, and has no rooms or bans'],
    ["Bans", { customer: "nobody" }, -32024, 'customer "nobody"'],
    ["Usage", { customer: "nobody" }, -32024, 'customer "nobody"'],
    ["Rooms", { namespace: "nowhere" }, -32022, 'no customer has the namespace "nowhere", and it has no rooms or bans'],
    ["Bans", { namespace: "nowhere" }, -32022, 'no customer has the namespace "nowhere"'],
  ])("is no empty list of %s with %p", async (method, params, code, reason) => {
    await using world = await hosted();
    const { error } = await ask(world, method, params);
    expect(error).toMatchObject({ code, message: expect.stringContaining(reason) });
    // What goes away between two pages ends no listing.
    const after = method === "Rooms" || method === "Bans" ? 1 : "a";
    expect((await ask(world, method, { ...params, after })).error).toBeUndefined();
  });

  test("is not that of a customer who has rooms still, nor of one who may come", async () => {
    await using world = createWorld({ unknownCustomers: { maxPeers: 1, maxRooms: 1 } });
    await world.report("sfu1:4433", [{ room: "a", peers: 1, namespace: "old", customer: "removed" }]);
    expect((await ask(world, "Rooms", { customer: "removed" })).result.rooms).toMatchObject([{ name: "a" }]);
    expect((await ask(world, "Rooms", { namespace: "old" })).result.rooms).toMatchObject([{ name: "a" }]);
    expect((await ask(world, "Bans", { namespace: "old" })).result.bans).toEqual([]);
    expect((await ask(world, "Bans", { namespace: "acme" })).result.bans).toEqual([]);
    expect((await ask(world, "Usage", { customer: "demo_x" })).result.customers).toMatchObject([{ peers: 0 }]);
    expect((await ask(world, "Rooms", { customer: "acme" })).result.rooms).toEqual([]);
  });
});

describe("Rooms", () => {
  const names = async (world: World, query: object) =>
    (await ask(world, "Rooms", query)).result.rooms.map((room: { name: string }) => room.name);

  test("are found by name, customer, namespace, server and pool", async () => {
    await using world = createWorld();
    await world.report("sfu1:4433", [
      { room: "lobby", peers: 1 },
      { room: "lobby2", peers: 1, namespace: "live", customer: "other" },
    ]);
    await world.report("sfu2:4433", [{ room: "arena", peers: 1 }]);
    expect(await names(world, {})).toEqual(["lobby", "lobby2", "arena"]);
    expect(await names(world, { name: "bby" })).toEqual(["lobby", "lobby2"]);
    expect(await names(world, { customer: "other" })).toEqual(["lobby2"]);
    expect(await names(world, { namespace: "acme" })).toEqual(["lobby", "arena"]);
    expect(await names(world, { server: "sfu2:4433" })).toEqual(["arena"]);
    expect(await names(world, { pool: "default", name: "arena" })).toEqual(["arena"]);
  });

  test("come in pages, each of which looks at no more than 10,000", async () => {
    await using world = createWorld();
    const rooms = Array.from({ length: 12_000 }, (_, i) => ({ room: `r${i}`, peers: 1 }));
    await world.report("sfu1:4433", rooms);
    const first = (await ask(world, "Rooms", { name: "r11999" })).result;
    expect(first).toEqual({ rooms: [], next: first.next });
    expect(first.next).toBeNumber();
    const second = (await ask(world, "Rooms", { name: "r11999", after: first.next })).result;
    expect(second.rooms).toMatchObject([{ name: "r11999" }]);
    expect(second).not.toHaveProperty("next");
    // Rooms that close in between make no page lose or repeat another one.
    const { next } = (await ask(world, "Rooms", { limit: 10 })).result;
    await world.report("sfu1:4433", rooms.slice(5));
    await world.clock.sleep(1_000);
    expect((await ask(world, "Rooms", { limit: 2, after: next })).result.rooms).toMatchObject([
      { name: "r10" },
      { name: "r11" },
    ]);
  });
});

describe("Usage", () => {
  test("shows what each customer uses and may", async () => {
    await using world = createWorld({}, createCustomer("acme", { maxPeers: 10 }));
    await world.report("sfu1:4433", [
      { room: "a", peers: 3 },
      { room: "b", peers: 1, namespace: "x", customer: "stranger" },
    ]);
    await world.call(await world.token("a", "u"), "Connect");
    await ask(world, "RoomClose", { namespace: "acme", room_id: "c", ban_time: 9 });
    const acme = {
      customer: "acme",
      peers: 3,
      reserved: 1,
      rooms: 1,
      bans: 1,
      maxPeers: 10,
      maxRooms: null,
      maxBans: 100_000,
    };
    const stranger = { customer: "stranger", peers: 1, reserved: 0, rooms: 1, bans: 0, maxBans: 100_000 };
    expect((await ask(world, "Usage")).result.customers).toEqual([acme, stranger]);
    expect((await ask(world, "Usage", { customer: "stranger" })).result.customers).toEqual([stranger]);
  });

  test("comes in pages, by the customers' ids, of those who are configured and of others", async () => {
    const customers = ["d", "b"].map((id) => createCustomer(id).entry);
    await using world = createWorld({ customers });
    const rooms = ["c", "a", "d"].map((customer) => ({ room: customer, peers: 1, namespace: customer, customer }));
    await world.report("sfu1:4433", rooms);
    const ids = async (query: object) => {
      const { customers: found, next } = (await ask(world, "Usage", query)).result;
      return [found.map(({ customer }: { customer: string }) => customer), next];
    };
    expect(await ids({})).toEqual([["a", "b", "c", "d"], undefined]);
    expect(await ids({ limit: 3 })).toEqual([["a", "b", "c"], "c"]);
    expect(await ids({ limit: 3, after: "c" })).toEqual([["d"], undefined]);
  });
});
