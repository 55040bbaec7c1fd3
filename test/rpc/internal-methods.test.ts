import { describe, expect, test } from "bun:test";
import type { Json } from "../json.ts";
import { createWorld, type World } from "../world.ts";
import { hosted } from "./fixture.ts";

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
  test("counts rooms on the customer who has their namespace, whatever it says", async () => {
    await using world = createWorld();
    await world.report("sfu1:4433", [{ room: "lobby", peers: 3, customer: "victim" }]);
    const { body } = await world.internal("Usage", {}, { user: "op" });
    expect(body.result.customers).toMatchObject([{ customer: "acme", peers: 3, rooms: 1 }]);
  });

  test.each([
    [{ load: -1 }, "load: must not be negative"],
    [{ load: "1" }, "load: must be a number"],
    [{ load: 1e308 }, "load: must be at most 100"],
    [{ clients: 2 ** 53 - 1 }, "clients: must be at most 1000000"],
    [{ public_endpoint: "h:0" }, "public_endpoint: must be an address"],
    [{ public_endpoint: "a\\:1" }, "public_endpoint: must be an address"],
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

describe("a task whose reply is lost", () => {
  const tasksOf = ({ body }: { body: Json }) => body.result.tasks ?? body.result;

  test.each([false, true])(
    "goes out again on the next connection, also if the config is reloaded meanwhile: %p",
    async (reloads) => {
      await using world = createWorld();
      const reportOn = (port: number) => world.report("sfu1:4433", [{ room: "lobby", peers: 1 }], { port });
      await reportOn(1);
      const message = { room_id: "lobby", user_id: "alice", message: [1] };
      await world.call(await world.token("lobby", "backend"), "RoomSendMessage", message);
      expect(JSON.stringify(tasksOf(await reportOn(1)))).toContain("RoomSendMessage");
      if (reloads) {
        world.gateway.prepare(world.config)();
        await world.internal("ConfigStatus", {}, { user: "op" });
      }
      expect(JSON.stringify(tasksOf(await reportOn(2)))).toContain("RoomSendMessage");
    },
  );
});
