import { afterAll, describe, expect, test } from "bun:test";
import { createInternalApi } from "../../src/rpc/internal-api.ts";
import { createWorld, USERS, type World } from "../world.ts";
import { CONFIGS, ODD_CONFIGS, REPORTS, room } from "./nonsense.ts";

const MINE = "sfu1:4433";
const OTHER = "sfu2:4433";
/** What the methods of servers want beside an endpoint; all others are for operators. */
const SERVER_METHODS: Readonly<Record<string, object>> = {
  "sfu.GridConfig": { version: "1" },
  GetConfig: { version: "1", server: "grid" },
  "sfu.Report": { version: "1", load: 0, clients: 0, rooms: [] },
  SubmitReport: { version: "1", server: "grid", load: 0, clients: 0, rooms: [] },
};
/** A description of the methods, which says nothing of anybody. */
const FOR_ALL = ["rpc.discover"];
const METHODS = [...createInternalApi("1").methods.keys()];
const OPERATOR_METHODS = METHODS.filter((method) => !(method in SERVER_METHODS) && !FOR_ALL.includes(method));

let [tried, accepted] = [0, 0];
afterAll(() => {
  process.stderr.write(`what a server may not: ${tried} tried, ${accepted} wrongly accepted\n`);
});

const users = { ...USERS, one: { password: "one-password", endpoints: [MINE] }, two: "two-password" };

/** Calls a method of /internal as a user, from an address that is none of anybody's. */
const callAs = (world: World, user: keyof typeof users, method: string, params: object, path = "/internal") => {
  const entry = users[user];
  const password = typeof entry === "string" ? entry : entry.password;
  const headers = { authorization: `Basic ${btoa(`${user}:${password}`)}` };
  return world.internal(method, params, { headers, path, address: "192.0.2.77" });
};

async function expectForbidden(call: Promise<{ status: number; body: { error?: { code: number } } }>): Promise<void> {
  const { status, body } = await call;
  tried++;
  accepted += Number(body.error === undefined);
  expect([status, body.error?.code]).toEqual([403, -32002]);
}

describe("a user with endpoints", () => {
  test("speaks for those, and for no other, in any spelling, named or by its address, in any pool", async () => {
    await using world = createWorld({
      internal: { users },
      sfuPools: { available: ["default", "eu"], default: "default" },
    });
    await world.report(OTHER, [{ room: "lobby", peers: 3 }]);
    const before = (await world.internal("Servers", {}, { user: "op" })).body.result;
    const names = [OTHER, "SFU1:4433", "sfu1", "sfu1:4434", "sfu1.:4433", "[::1]:4433", null, undefined];
    for (const [method, params] of Object.entries(SERVER_METHODS)) {
      for (const public_endpoint of names) {
        for (const path of ["/internal", "/eu/internal"])
          await expectForbidden(callAs(world, "one", method, { ...params, public_endpoint }, path));
      }
    }
    expect((await world.internal("Servers", {}, { user: "op" })).body.result).toEqual(before);
    for (const [method, params] of Object.entries(SERVER_METHODS)) {
      const { body } = await callAs(world, "one", method, { ...params, public_endpoint: MINE });
      expect([method, body.error]).toEqual([method, undefined]);
    }
  });

  test("is given the key of its own endpoint alone", async () => {
    await using world = createWorld({ internal: { users } });
    const keyOf = async (user: "one" | "two", public_endpoint: string) => {
      const { body } = await callAs(world, user, "sfu.GridConfig", { version: "1", public_endpoint });
      return /\nd = "([^"]+)"/.exec(body.result?.config ?? "")?.[1];
    };
    const [mine, other] = [await keyOf("one", MINE), await keyOf("two", OTHER)];
    expect(mine).toBeString();
    expect(other).toBeString();
    expect(mine).not.toBe(other ?? "");
    const refused = await callAs(world, "one", "sfu.GridConfig", { version: "1", public_endpoint: OTHER });
    expect(JSON.stringify(refused.body)).not.toContain(other ?? "");
  });

  test("cannot hide a call for another in a batch", async () => {
    await using world = createWorld({ internal: { users } });
    await world.report(OTHER);
    const report = (id: number, public_endpoint: string) => ({
      jsonrpc: "2.0",
      id,
      method: "sfu.Report",
      params: { ...SERVER_METHODS["sfu.Report"], public_endpoint, load: 99 },
    });
    const { body } = await world.request({
      path: "/internal",
      headers: { authorization: `Basic ${btoa("one:one-password")}`, "content-type": "application/json" },
      body: [report(1, MINE), report(2, OTHER), report(3, MINE)],
    });
    expect(body).toMatchObject([{ result: {} }, { error: { code: -32002 } }, { result: {} }]);
    tried++;
    const { servers } = (await world.internal("Servers", { endpoint: OTHER }, { user: "op" })).body.result;
    expect(servers).toMatchObject([{ load: 0 }]);
  });
});

describe("a server", () => {
  test.each(OPERATOR_METHODS)("may not call %s, whatever it says, with endpoints or without", async (method) => {
    await using world = createWorld({ internal: { users } });
    await world.report(MINE, [{ room: "lobby", peers: 1 }]);
    const params = { endpoint: MINE, namespace: "acme", room_id: "lobby", user_id: "u", message: [], deadline: 0 };
    for (const user of ["one", "two"] as const) {
      await expectForbidden(callAs(world, user, method, params));
      await expectForbidden(callAs(world, user, method, {}));
    }
    const { rooms } = (await world.internal("Rooms", {}, { user: "op" })).body.result;
    expect(rooms).toMatchObject([{ name: "lobby", server: MINE }]);
  });

  test("cannot take a room from another one on which people are", async () => {
    await using world = createWorld({ internal: { users } });
    await world.report(OTHER, [{ room: "lobby", peers: 2 }]);
    const report = (peers: number, ageSec: number) => ({
      ...SERVER_METHODS["sfu.Report"],
      public_endpoint: MINE,
      rooms: [{ id: ["acme", "lobby"], customer: "acme", age: { secs: ageSec, nanos: 0 }, peers }],
    });
    for (const [peers, ageSec] of [
      [0, 0],
      [1_000_000, 0],
      [1_000_000, 315_360_000],
    ] as const) {
      await callAs(world, "one", "sfu.Report", report(peers, ageSec));
      tried++;
      const { body } = await world.call(await world.token("lobby", `u${peers}-${ageSec}`), "Connect");
      accepted += Number(body.result.address !== OTHER);
      expect(body.result.address).toBe(OTHER);
    }
  });
});

describe("a server that sends nonsense hurts nobody else", () => {
  const expectOthersServed = async (world: World, user: string) => {
    const connect = await world.call(await world.token("lobby", user), "Connect");
    expect(connect.body.result?.address).toBe(OTHER);
    const fresh = await world.call(await world.token(`new-${user}`, user), "Connect");
    expect(fresh.body.result?.address).toBeString();
    const { body } = await world.internal("ExplainPlacement", {}, { user: "op" });
    // What is no number in the end is null in JSON.
    for (const { estimate, weight } of body.result.candidates)
      expect([typeof estimate, typeof weight]).toEqual(["number", "number"]);
    expect(world.logLines.filter(({ severity }) => severity === "ERROR")).toEqual([]);
  };

  test.each(REPORTS)("in a report: %s", async (_, nonsense) => {
    await using world = createWorld({ internal: { users } });
    await world.report(OTHER, [{ room: "lobby", peers: 1 }]);
    const params = Array.isArray(nonsense)
      ? nonsense
      : { ...SERVER_METHODS["sfu.Report"], public_endpoint: MINE, ...nonsense };
    const { status, body } = await callAs(world, "two", "sfu.Report", params);
    tried++;
    accepted += Number(body.error === undefined);
    expect([status, body.error?.code]).toEqual([200, -32602]);
    // All of a report or nothing: the server is as unknown as before.
    const { servers } = (await world.internal("Servers", {}, { user: "op" })).body.result;
    expect(servers).toHaveLength(1);
    await expectOthersServed(world, "u");
  });

  test.each(CONFIGS)("in a config %s", async (_, config) => {
    await using world = createWorld({ internal: { users } });
    await world.report(OTHER, [{ room: "lobby", peers: 1 }]);
    const { status, body } = await callAs(world, "two", "sfu.GridConfig", {
      version: "1",
      public_endpoint: MINE,
      config,
    });
    tried++;
    accepted += Number(body.error === undefined);
    expect([status, body.error?.code]).toEqual([200, -32602]);
    await expectOthersServed(world, "u");
  });

  test.each(ODD_CONFIGS)("in a config that has %s", async (_, config) => {
    await using world = createWorld({ internal: { users } });
    await world.report(OTHER, [{ room: "lobby", peers: 1 }]);
    const asked = await callAs(world, "two", "sfu.GridConfig", { version: "1", public_endpoint: MINE, config });
    expect(asked.body.error).toBeUndefined();
    tried++;
    for (let round = 0; round < 20; round++) {
      const figures = { load: round % 2 === 0 ? 100 : 0, clients: round * 50_000, rooms: [room({ peers: round })] };
      await callAs(world, "two", "sfu.Report", { ...SERVER_METHODS["sfu.Report"], public_endpoint: MINE, ...figures });
      await expectOthersServed(world, `u${round}`);
      await world.clock.sleep(1_000);
      await world.report(OTHER, [{ room: "lobby", peers: 1 }]);
    }
    // Whatever it says, its silence is noticed.
    for (let minute = 0; minute < 20; minute++) {
      await world.clock.sleep(60_000);
      await world.report(OTHER, [{ room: "lobby", peers: 1 }]);
    }
    const { body } = await world.internal("Servers", { endpoint: MINE }, { user: "op" });
    expect(body.result.servers.filter(({ state }: { state: string }) => state === "enabled")).toEqual([]);
  });

  test("in a batch of 50 reports of 400 rooms each, of which every second one is broken", async () => {
    await using world = createWorld({ internal: { users } });
    await world.report(OTHER, [{ room: "lobby", peers: 1 }]);
    const rooms = Array.from({ length: 400 }, (_, index) => room({ id: ["acme", `mine-${index}`] }));
    const { body } = await world.request({
      path: "/internal",
      headers: { authorization: `Basic ${btoa("two:two-password")}`, "content-type": "application/json" },
      body: Array.from({ length: 50 }, (_, id) => ({
        jsonrpc: "2.0",
        id,
        method: "sfu.Report",
        params: {
          ...SERVER_METHODS["sfu.Report"],
          public_endpoint: MINE,
          rooms: id % 2 ? [...rooms, room({ peers: -1 })] : rooms,
        },
      })),
    });
    expect(body.filter(({ error }: { error?: object }) => error)).toHaveLength(25);
    await expectOthersServed(world, "u");
  });
});
