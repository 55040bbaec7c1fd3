import { describe, expect, test } from "bun:test";
import type { Json } from "../json.ts";
import { createCustomer, createWorld, type World } from "../world.ts";

async function hosted(config = {}): Promise<World> {
  const world = createWorld(config);
  await world.report("sfu1:4433", [{ room: "lobby", peers: 2 }]);
  return world;
}

describe("Connect", () => {
  test("gives the server's address and a token for it", async () => {
    await using world = await hosted();
    const { status, body } = await world.call(await world.token("lobby", "alice"), "Connect");
    expect(status).toBe(200);
    expect(body.result.address).toBe("sfu1:4433");
    const [header, claims] = body.result.token
      .split(".")
      .map((part: string) => Buffer.from(part, "base64url").toString());
    expect(header).toStartWith('{"alg":"EdDSA","kid":"A');
    const nbf = world.clock.wall() / 1000;
    expect(claims).toBe(
      `{"uid":"alice","cid":"acme","rid":"lobby","nsp":"acme","adr":"sfu1:4433","sub":"connect","aud":"sfu","exp":${nbf + 300},"nbf":${nbf}}`,
    );
  });

  test("keeps the form of rid, less the rooms that are banned", async () => {
    await using world = await hosted();
    const rid = async (room: string[]) => {
      const { body } = await world.call(await world.token(room, "alice"), "Connect");
      return JSON.parse(Buffer.from(body.result.token.split(".")[1], "base64url").toString()).rid;
    };
    expect(await rid(["lobby"])).toEqual(["lobby"]);
    await world.call(await world.token(["{m}a", "{m}b"], "backend"), "RoomClose", { room_id: "{m}a", ban_time: 60 });
    expect(await rid(["{m}a", "{m}b", "{m}c"])).toEqual(["{m}b", "{m}c"]);
  });

  test("goes by loginToken.lifetime", async () => {
    await using world = await hosted({ loginToken: { lifetime: 60 } });
    const { body } = await world.call(await world.token("lobby", "alice"), "Connect");
    const { exp, nbf } = JSON.parse(Buffer.from(body.result.token.split(".")[1], "base64url").toString());
    expect(exp - nbf).toBe(60);
  });

  test("says how long to wait when there is no server", async () => {
    await using world = createWorld();
    const { status, body } = await world.call(await world.token("lobby", "alice"), "Connect");
    expect({ status, error: body.error }).toEqual({
      status: 200,
      error: { code: -32012, message: "no server available", data: { retryAfterSec: 5 } },
    });
  });

  test("of a banned user says until when", async () => {
    await using world = await hosted();
    await world.call(await world.token("lobby", "backend"), "RoomBanClient", {
      room_id: "lobby",
      user_id: "alice",
      ban_time: 90,
    });
    const { body } = await world.call(await world.token("lobby", "alice"), "Connect");
    expect(body.error).toMatchObject({ code: -32014, message: "user is banned until 2026-01-01T00:01:30.000Z" });
  });
});

describe("room methods", () => {
  test.each([
    [
      "RoomClose",
      { room_id: "lobby", ban_time: 1.25 },
      { task: "RoomClose", ban_time: { secs: 1, nanos: 250_000_000 } },
    ],
    ["RoomClose", { room_id: "lobby" }, { task: "RoomClose", ban_time: { secs: 0, nanos: 0 } }],
    ["RoomUpdate", { room_id: "lobby", user_data: [0, 255] }, { task: "RoomUpdate", user_data: [0, 255] }],
    [
      "RoomBanClient",
      { room_id: "lobby", user_id: "u", ban_time: 5 },
      { task: "RoomBanClient", user_id: "u", ban_time: { secs: 5, nanos: 0 } },
    ],
    [
      "RoomSendMessage",
      { room_id: "lobby", user_id: "u", message: [1] },
      { task: "RoomSendMessage", user_id: "u", message: [1] },
    ],
  ])("%s reaches the server with its next report", async (method, params, task) => {
    await using world = await hosted();
    const { status, body } = await world.call(await world.token("lobby", "backend"), method, params);
    expect({ status, result: body.result }).toEqual({ status: 200, result: {} });
    const { body: reply } = await world.report("sfu1:4433", [{ room: "lobby", peers: 2 }]);
    expect(reply.result.tasks).toEqual([{ id: ["acme", "lobby"], ...task }]);
  });

  test.each([
    ["RoomClose", {}, "room_id"],
    ["RoomClose", { room_id: "" }, "room_id: must be 1 to 255 bytes"],
    ["RoomClose", { room_id: "lobby", ban_time: -1 }, "ban_time: must not be negative"],
    ["RoomClose", { room_id: "lobby", ban_time: 315_360_001 }, "ban_time: must be at most 315360000"],
    ["RoomClose", { room_id: "lobby", ban_time: "5" }, "ban_time: must be a number of seconds"],
    ["RoomBanClient", { room_id: "lobby" }, "user_id"],
    ["RoomUpdate", { room_id: "lobby", user_data: [300] }, "user_data: must be a list of integers from 0 to 255"],
    ["RoomUpdate", { room_id: "lobby", user_data: [-1] }, "user_data"],
    ["RoomUpdate", { room_id: "lobby", user_data: [1.5] }, "user_data"],
    ["RoomUpdate", { room_id: "lobby", user_data: "AAAA" }, "user_data"],
    ["RoomSendMessage", { room_id: "lobby", user_id: "u", message: [null] }, "message"],
  ])("%s with %p is told what is wrong", async (method, params, reason) => {
    await using world = await hosted();
    const { body } = await world.call(await world.token("lobby", "backend"), method, params);
    expect(body.error.code).toBe(-32602);
    expect(body.error.message).toContain(reason);
  });

  test.each([
    ["foo", "foobar", -32017],
    ["foo", "fo", -32017],
    [["a", "foo"], "foo", -32015],
    ["foo", "foo", -32015],
  ])("a token for %p on room %p gives %p", async (rooms, room_id, code) => {
    await using world = await hosted();
    const { body } = await world.call(await world.token(rooms, "backend"), "RoomClose", { room_id });
    expect(body.error.code).toBe(code);
  });

  test("with roomScope prefix reach what begins with the first room", async () => {
    await using world = await hosted({ roomScope: "prefix" });
    const call = async (rooms: string | string[]) =>
      (await world.call(await world.token(rooms, "b"), "RoomUpdate", { room_id: "lobby", user_data: [] })).body;
    expect((await call("lob")).result).toEqual({});
    expect((await call(["x", "lob"])).error.code).toBe(-32017);
    expect((await call(["x", "lobby"])).result).toEqual({});
  });

  test("need a token that covers them", async () => {
    await using world = await hosted();
    const token = await world.token("lobby", "alice", { subject: "connect" });
    const { status, body } = await world.call(token, "RoomClose", { room_id: "lobby" });
    expect({ status, code: body.error.code }).toEqual({ status: 403, code: -32002 });
  });

  test("never reach another customer's room of the same name", async () => {
    await using world = await hosted();
    await world.report("sfu1:4433", [{ room: "lobby", peers: 1, namespace: "other", customer: "other" }]);
    const { body } = await world.call(await world.token("lobby", "backend"), "RoomClose", { room_id: "lobby" });
    expect(body.error.code).toBe(-32015);
  });
});

describe("sfu.GridConfig", () => {
  const ask = async (world: World, params: object = {}, method = "sfu.GridConfig") =>
    (await world.internal(method, { public_endpoint: "sfu1:4433", version: "1.6.0", config: "", ...params })).body;

  test("answers with recommended settings and the server's key", async () => {
    await using world = createWorld({ sfuConfig: { updateInterval: 2, metricsServer: "10.9.9.9/32" } });
    const { result } = await ask(world, { config: "[quic]\nidle_timeout = 60000\n" });
    const config = Bun.TOML.parse(result.config) as Json;
    expect(config.supervisor).toEqual({ report_interval: 2_000 });
    expect(config.quic).toEqual({
      idle_timeout: 60_000,
      keep_alive_interval: 5_000,
      pre_send_timeout: 500,
      migration: true,
    });
    expect(config.metrics.allowed).toEqual(["10.9.9.9/32", "127.0.0.1/8", "::1/128"]);
    expect(config.authorization.keys).toMatchObject([{ kty: "OKP", crv: "Ed25519", d: expect.any(String) }]);
  });

  test("does not need a config, nor an address: then it is the peer's with port 4433", async () => {
    await using world = createWorld();
    await world.internal("sfu.GridConfig", { version: "1" }, { address: "192.0.2.7" });
    await world.internal("sfu.Report", { version: "1", load: 0, clients: 0, rooms: [] }, { address: "192.0.2.7" });
    await world.internal("sfu.Report", { version: "1", load: 0, clients: 0, rooms: [] }, { address: "2001:db8::7" });
    const { body } = await world.internal("Info", {}, { user: "op" });
    expect(body.result.servers).toMatchObject([{ address: "192.0.2.7:4433" }, { address: "[2001:db8::7]:4433" }]);
  });

  test("goes by the interval that the server has in its own config", async () => {
    await using world = createWorld();
    await ask(world, { config: "[supervisor]\nreport_interval = 20000\n" });
    await world.report("sfu1:4433");
    await world.clock.sleep(29_000);
    expect((await world.call(await world.token("a", "u"), "Connect")).body.result.address).toBe("sfu1:4433");
  });

  test("warns when a server that asked never reports", async () => {
    await using world = createWorld();
    await ask(world);
    await world.clock.sleep(16_000);
    const warnings = world.logLines.filter(({ severity }) => severity === "WARNING");
    expect(warnings).toMatchObject([{ msg: expect.stringContaining("it will get no clients"), endpoint: "sfu1:4433" }]);
  });

  test.each([
    ["config", { config: "a = \n" }, "config line 1, column"],
    ["public_endpoint", { public_endpoint: "not an address" }, "public_endpoint: must be an address"],
    ["public_endpoint", { public_endpoint: "host:65536" }, "public_endpoint: must be an address"],
    ["public_endpoint", { public_endpoint: "a\u0000b:1" }, "public_endpoint: must be an address"],
    ["version", { version: "1".repeat(256) }, "version: must be at most 255 bytes"],
    ["public_endpoint", { public_endpoint: "user@host:1" }, "public_endpoint: must be an address"],
    ["server", { server: "sfu" }, 'server: must be "grid"'],
    ["version", { version: 1 }, "version: must be a string"],
  ])("says what is wrong with %s", async (_, params, reason) => {
    await using world = createWorld();
    const { error } = await ask(world, params);
    expect(error.code).toBe(-32602);
    expect(error.message).toContain(reason);
  });

  test("of older servers wants their kind", async () => {
    await using world = createWorld();
    expect((await ask(world, {}, "GetConfig")).error.message).toContain("server");
    expect((await ask(world, { server: "grid" }, "GetConfig")).result.config).toContain("[[authorization.keys]]");
    const report = { public_endpoint: "sfu1:4433", version: "1", load: 0, clients: 0, rooms: [] };
    expect((await world.internal("SubmitReport", report)).body.error.code).toBe(-32602);
    expect((await world.internal("SubmitReport", { ...report, server: "grid" })).body.result).toEqual({ tasks: [] });
  });
});

describe("sfu.Report", () => {
  test.each([
    [{ load: -1 }, "load: must not be negative"],
    [{ load: "1" }, "load: must be a number"],
    [{ clients: 1.5 }, "clients: must be an integer"],
    [{ rooms: {} }, "rooms: must be a list of rooms"],
    [{ rooms: [{}] }, "rooms.0.id: must be [namespace, name]"],
  ])("with %p is refused, and changes nothing", async (wrong, reason) => {
    await using world = createWorld();
    const params = { public_endpoint: "sfu1:4433", version: "1", load: 0, clients: 0, rooms: [], ...wrong };
    const { body } = await world.internal("sfu.Report", params);
    expect(body.error.message).toContain(reason);
    expect((await world.internal("Info", {}, { user: "op" })).body.result.servers).toEqual([]);
  });

  test("has a limit on rooms", async () => {
    await using world = createWorld({ maxRoomsPerReport: 1 });
    const { body } = await world.report("sfu1:4433", [
      { room: "a", peers: 1 },
      { room: "b", peers: 1 },
    ]);
    expect(body.error.message).toContain("must be at most 1 rooms");
  });
});

describe("who may speak for a server", () => {
  test("only those whose endpoints name it", async () => {
    const users = { one: { password: "p", endpoints: ["sfu1:4433"] } };
    await using world = createWorld({ internal: { users } });
    const call = async (method: string, public_endpoint: string) => {
      const params = { public_endpoint, version: "1", load: 0, clients: 0, rooms: [] };
      const headers = { authorization: `Basic ${btoa("one:p")}` };
      return world.internal(method, params, { headers });
    };
    expect((await call("sfu.GridConfig", "sfu1:4433")).body.result.config).toBeString();
    for (const method of ["sfu.GridConfig", "sfu.Report", "GetConfig"]) {
      const { status, body } = await call(method, method === "GetConfig" ? "sfu1:4433" : "sfu2:4433");
      expect([status, body.error.code]).toEqual(method === "GetConfig" ? [200, -32602] : [403, -32002]);
    }
  });
});

describe("Info", () => {
  test("is for operators", async () => {
    await using world = createWorld();
    const { status, body } = await world.internal("Info");
    expect({ status, code: body.error.code }).toEqual({ status: 403, code: -32002 });
  });

  test("shows servers, rooms and counters", async () => {
    await using world = await hosted();
    await world.call(await world.token("lobby", "alice"), "Connect");
    await world.call(await world.token("lobby", "alice"), "RoomClose", { room_id: "other" });
    const { body } = await world.internal("Info", {}, { user: "op" });
    expect(body.result.servers).toMatchObject([
      {
        hostname: "sfu1",
        address: "sfu1:4433",
        version: "1.5.0",
        disabled: false,
        keyId: expect.stringMatching(/^A/),
        tasks: 0,
      },
    ]);
    expect(body.result.rooms).toMatchObject([
      { hash: expect.stringMatching(/^[0-9a-f]{64}$/), id: ["acme", "lobby"], customer: "acme", server: "sfu1:4433" },
    ]);
    expect(body.result.stats.apiCalls).toContainEqual({ name: "Connect", success: 1, failure: 0, rejected: 0 });
    expect(body.result.stats.apiCalls).toContainEqual({ name: "RoomClose", success: 0, failure: 0, rejected: 1 });
    expect(body.result.next).toBeUndefined();
  });

  test("pages through rooms, and can leave them out", async () => {
    await using world = createWorld();
    await world.report(
      "sfu1:4433",
      Array.from({ length: 1_500 }, (_, i) => ({ room: `r${i}`, peers: 1 })),
    );
    const info = async (params: object) => (await world.internal("Info", params, { user: "op" })).body.result;
    const first = await info({});
    expect(first.rooms).toHaveLength(1_000);
    const second = await info({ after: first.next });
    expect(second.rooms).toHaveLength(500);
    expect(second.next).toBeUndefined();
    expect(await info({ rooms: false })).not.toHaveProperty("rooms");
    expect(await info({ limit: 3 })).toMatchObject({ rooms: [{}, {}, {}] });
  });
});

describe("pools", () => {
  const pools = { sfuPools: { available: ["us", "eu"], default: "us" } };

  test("clients get only servers of their pool, and the default pool has two paths", async () => {
    await using world = createWorld(pools);
    await world.report("eu1:4433", [], { path: "/eu/internal" });
    await world.report("us1:4433", [], { path: "/internal" });
    const address = async (path: string) =>
      (await world.call(await world.token("a", "u"), "Connect", {}, path)).body.result.address;
    for (const path of ["/eu", "/eu/"]) expect(await address(path)).toBe("eu1:4433");
    for (const path of ["/", "/us/", "/us"]) expect(await address(path)).toBe("us1:4433");
  });

  test("admin calls and bans act in every pool in which the room lives", async () => {
    await using world = createWorld(pools);
    for (const pool of ["eu", "us"])
      await world.report(`${pool}1:4433`, [{ room: "a", peers: 1 }], { path: `/${pool}/internal` });
    await world.call(await world.token("a", "b"), "RoomClose", { room_id: "a", ban_time: 60 }, "/eu");
    expect((await world.call(await world.token("a", "u"), "Connect", {}, "/us")).body.error.code).toBe(-32013);
    const { body } = await world.report("us1:4433", [{ room: "a", peers: 1 }], { path: "/us/internal" });
    expect(body.result.tasks).toHaveLength(1);
  });

  test("limits are the customer's over all pools", async () => {
    await using world = createWorld(pools, createCustomer("acme", { maxPeers: 1 }));
    for (const pool of ["eu", "us"]) await world.report(`${pool}1:4433`, [], { path: `/${pool}/internal` });
    await world.call(await world.token("a", "u"), "Connect", {}, "/eu");
    expect((await world.call(await world.token("a", "v"), "Connect", {}, "/us")).body.error.code).toBe(-32010);
  });
});
