import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { RedisClient } from "bun";
import { createChildren } from "../../bench/processes/children.ts";
import { createServerKeys } from "../../src/auth/server-keys.ts";
import { systemClock } from "../../src/clock.ts";
import type { GatewayConfig } from "../../src/config/schema.ts";
import { createInternalApi } from "../../src/rpc/internal-api.ts";
import { readState } from "../../src/store/state-file.ts";
import { createStateWriter } from "../../src/store/state-writer.ts";
import { expectNoSecrets } from "../secrets.ts";
import { startRedis } from "../system/redis/redis-server.ts";
import { createTempFolder } from "../temp-folder.ts";
import { createReceiver, SECRET_TEXT, until } from "../webhooks/fixture.ts";
import { createCustomer, createWorld, MASTER_KEY, MASTER_KEY_TEXT, USERS, type World } from "../world.ts";

const ENDPOINT = "sfu1:4433";
const SERVER_METHODS = ["sfu.GridConfig", "GetConfig", "sfu.Report", "SubmitReport", "rpc.discover"];
const EDGE: GatewayConfig = {
  internal: { users: { ...USERS, edge: { password: "edge-password", endpoints: ["sfu9:4433"] } } },
};
const AS_EDGE = { headers: { authorization: `Basic ${btoa("edge:edge-password")}` } };

/** Has everything happen that leaves traces, and gives the tokens that were used and issued. */
async function leaveTraces(world: World): Promise<{ tokens: string[]; privateKeys: string[] }> {
  const config = { public_endpoint: ENDPOINT, version: "1", config: "" };
  const granted = await world.internal("sfu.GridConfig", config);
  await world.report(ENDPOINT, [{ room: "secret-room", peers: 1 }]);
  const token = await world.token("secret-room", "secret-user");
  const { body } = await world.call(token, "Connect");
  const ban = { room_id: "secret-room", user_id: "cheater", ban_time: 60 };
  expect((await world.call(token, "RoomBanClient", ban)).body.result).toEqual({});
  const message = { room_id: "secret-room", user_id: "secret-user", message: [...Buffer.from("secret-message")] };
  expect((await world.call(token, "RoomSendMessage", message)).body.result).toEqual({});
  await world.call(`${token.slice(0, -1)}A`, "Connect");
  await world.internal("Info", {}, { headers: { authorization: `Basic ${btoa("op:hunter2")}` } });
  const privateKeys = createServerKeys([MASTER_KEY])
    .derive(ENDPOINT)
    .map(({ jwk }) => jwk.d);
  // It is this that nobody else may see.
  expect(granted.body.result.config).toContain(privateKeys[0]);
  return { tokens: [token, body.result.token], privateKeys };
}

/** Fails if there is anything in it with which somebody could act as somebody else. */
function expectNoCredentials(text: string, { tokens, privateKeys }: { tokens: string[]; privateKeys: string[] }): void {
  expectNoSecrets(text);
  for (const secret of [...tokens, ...privateKeys, MASTER_KEY_TEXT, SECRET_TEXT, USERS.sfu, USERS.op.password])
    expect(text.includes(secret)).toBe(false);
}

describe("docs/security/threats.md", async () => {
  const page = await Bun.file("docs/security/threats.md").text();
  const rows = page.split("\n").filter((line) => line.startsWith("| cannot "));
  const named = rows.map((row) => [...row.matchAll(/`(test\/[\w./-]+\.ts)` “([^”]+)”/g)]);

  test("names a test for everything that somebody cannot do", () => {
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.filter((_, index) => named[index]?.length === 0)).toEqual([]);
  });

  test("names only tests that are there, by file and name", async () => {
    for (const [, file = "", name = ""] of named.flat()) {
      expect([file, existsSync(file)]).toEqual([file, true]);
      const text = await Bun.file(file).text();
      const titles = [...text.matchAll(/(?:\btest|\]\)|\bcheck|\btest\.\w+\([^\n]*\))\(\s*(["`])(.*?)\1,/g)].map(
        ([, , title]) => title,
      );
      expect([file, titles]).toEqual([file, expect.arrayContaining([name])]);
    }
  });
});

describe("a client with a token", () => {
  test("cannot use at the gateway the room token that it was given", async () => {
    await using world = createWorld();
    await world.report(ENDPOINT, [{ room: "a", peers: 1 }]);
    const { token } = (await world.call(await world.token("a", "u"), "Connect")).body.result;
    for (const method of ["Connect", "RoomClose", "RoomUpdate", "RoomBanClient", "RoomSendMessage"])
      expect([method, (await world.call(token, method, { room_id: "a" })).status]).toEqual([method, 401]);
  });

  test("cannot call anything on /internal, nor see the metrics or the dashboard", async () => {
    await using world = createWorld();
    const headers = { authorization: `Bearer ${await world.token("a", "u")}`, "content-type": "application/json" };
    for (const method of createInternalApi("1").methods.keys()) {
      const body = { jsonrpc: "2.0", id: 1, method, params: {} };
      expect([method, (await world.request({ path: "/internal", headers, body })).status]).toEqual([method, 401]);
    }
    for (const path of ["/metrics", "/dashboard", "/dashboard/feed"])
      expect((await world.request({ method: "GET", path, headers })).status).toBe(401);
  });
});

describe("a server's user", () => {
  test("cannot call one method of operators, with endpoints or without", async () => {
    await using world = createWorld(EDGE);
    const methods = [...createInternalApi("1").methods.keys()].filter((name) => !SERVER_METHODS.includes(name));
    expect(methods.length).toBeGreaterThan(15);
    for (const method of methods)
      for (const options of [{}, AS_EDGE])
        expect([method, (await world.internal(method, {}, options)).status]).toEqual([method, 403]);
  });

  test("with endpoints cannot get another server's key, nor report, drain or silence it", async () => {
    await using world = createWorld(EDGE);
    await world.report(ENDPOINT, [{ room: "a", peers: 1 }]);
    const other = { public_endpoint: ENDPOINT, version: "1", config: "", load: 100, clients: 0, rooms: [] };
    for (const method of ["sfu.GridConfig", "sfu.Report"]) {
      const answer = await world.internal(method, other, AS_EDGE);
      expect([method, answer.status, JSON.stringify(answer.body)]).toEqual([
        method,
        403,
        expect.not.stringContaining("authorization.keys"),
      ]);
    }
    const own = { ...other, public_endpoint: "sfu9:4433", load: 0 };
    const granted = await world.internal("sfu.GridConfig", own, AS_EDGE);
    const [theirs] = createServerKeys([MASTER_KEY]).derive(ENDPOINT);
    expect(granted.body.result.config).not.toContain(theirs?.jwk.d);
    expect((await world.call(await world.token("a", "u"), "Connect")).body.result.address).toBe(ENDPOINT);
  });

  test("cannot have rooms counted on a customer who does not own their namespace", async () => {
    await using world = createWorld(EDGE);
    const rooms = [{ id: ["acme", "a"], customer: "victim", age: { secs: 60, nanos: 0 }, peers: 5 }];
    await world.internal(
      "sfu.Report",
      { public_endpoint: "sfu9:4433", version: "1", load: 0, clients: 5, rooms },
      AS_EDGE,
    );
    const { customers } = (await world.internal("Usage", {}, { user: "op" })).body.result;
    expect(customers).toMatchObject([{ customer: "acme", peers: 5 }]);
  });
});

test("an operator cannot read a secret: no answer, page or feed has one", async () => {
  await using world = createWorld();
  const traces = await leaveTraces(world);
  const texts: string[] = [];
  for (const name of createInternalApi("1").methods.keys()) {
    // It is what a server is given: its key, to whoever may speak for it, as an operator may.
    if (SERVER_METHODS.includes(name) && name !== "rpc.discover") continue;
    texts.push(JSON.stringify((await world.internal(name, { customer: "acme" }, { user: "op" })).body));
  }
  for (const path of ["/metrics", "/dashboard"]) {
    const headers = { authorization: `Basic ${btoa(`op:${USERS.op.password}`)}` };
    texts.push(
      await (
        await world.gateway.fetch(new Request(`http://gateway.test${path}`, { headers }), {
          address: "10.0.0.1",
          port: 1,
        })
      ).text(),
    );
  }
  expect(texts.join("\n")).toContain("secret-room");
  for (const secret of [...traces.tokens, ...traces.privateKeys, MASTER_KEY_TEXT, USERS.sfu, USERS.op.password])
    expect(texts.join("\n").includes(secret)).toBe(false);
});

test("whoever reads the log finds no token, password, key or message in it, at its most talkative", async () => {
  await using world = createWorld();
  const traces = await leaveTraces(world);
  const log = world.logLines.map((line) => JSON.stringify(line)).join("\n");
  expect(world.logLines.length).toBeGreaterThan(5);
  expectNoCredentials(log, traces);
  expect(log).not.toContain("secret-message");
  expect(log).not.toContain(JSON.stringify([...Buffer.from("secret-message")]).slice(1, -1));
});

test("whoever reads the metrics finds no room, user or token in them", async () => {
  await using world = createWorld();
  const traces = await leaveTraces(world);
  const text = await (await world.gateway.fetchMetrics(new Request("http://gateway.test/metrics"))).text();
  expect(text).toContain('customer="acme"');
  expectNoCredentials(text, traces);
  for (const name of ["secret-room", "secret-user", "cheater"]) expect(text).not.toContain(name);
});

test("whoever reads the kept state finds no token, password or private key in it, and nobody but the owner can", async () => {
  using folder = createTempFolder();
  const stateDir = folder.file("state");
  const { file, saved, isUnread } = readState(stateDir, "aside");
  const writer = createStateWriter({ file, isUnread });
  const state = { saved, writer };
  const world = createWorld({}, createCustomer("acme"), undefined, { state });
  const traces = await leaveTraces(world);
  await world.gateway.kept();
  const bytes = readdirSync(stateDir).map((name) => readFileSync(`${stateDir}/${name}`));
  const text = Buffer.concat(bytes).toString("latin1");
  expect(text).toContain("secret-room");
  expectNoCredentials(text, traces);
  expect(text.includes(Buffer.from(MASTER_KEY).toString("latin1"))).toBe(false);
  expect(statSync(stateDir).mode & 0o077).toBe(0);
  for (const name of readdirSync(stateDir))
    expect([name, statSync(`${stateDir}/${name}`).mode & 0o077]).toEqual([name, 0]);
  await world[Symbol.asyncDispose]();
});

test("a webhook's receiver gets no token, password or key", async () => {
  using receiver = createReceiver();
  await using world = createWorld({ webhooks: [{ url: receiver.url, secret: SECRET_TEXT, events: "*" }] });
  const traces = await leaveTraces(world);
  await world.clock.sleep(50);
  await until(() => receiver.received.length >= 3);
  const text = receiver.received.map(({ raw, headers }) => raw + JSON.stringify([...headers])).join("\n");
  expect(text).toContain("cheater");
  expectNoCredentials(text, traces);
  expect(text).not.toContain("secret-message");
});

const hasRedis = Bun.which("redis-server") !== null;
describe.skipIf(!hasRedis)(`Redis' owner${hasRedis ? "" : " (skipped: no redis-server on the PATH)"}`, () => {
  const children = createChildren();
  afterAll(() => children[Symbol.asyncDispose]());

  test("finds no token, password or private key there", async () => {
    const redis = await startRedis(children, { appendOnly: false });
    await using world = createWorld({ state: { redis: redis.url } }, createCustomer("acme"), systemClock, {
      startMs: systemClock.now(),
    });
    await until(() => world.logLines.some(({ msg }) => msg === "the fleet is shared"));
    const traces = await leaveTraces(world);
    const client = new RedisClient(redis.url);
    const keys: string[] = await client.send("KEYS", ["*"]);
    const dumps: string[] = [];
    for (const key of keys) dumps.push(key, JSON.stringify(await readKey(client, key)));
    client.close();
    const text = dumps.join("\n");
    expect(text).toContain("secret-room");
    expectNoCredentials(text, traces);
  }, 30_000);
});

/** What a key of Redis holds, whatever its kind. */
async function readKey(client: RedisClient, key: string): Promise<unknown> {
  const commands: Record<string, string[]> = {
    string: ["GET", key],
    hash: ["HGETALL", key],
    set: ["SMEMBERS", key],
    zset: ["ZRANGE", key, "0", "-1", "WITHSCORES"],
    list: ["LRANGE", key, "0", "-1"],
    stream: ["XRANGE", key, "-", "+"],
  };
  const [command = "PING", ...parts] = commands[await client.send("TYPE", [key])] ?? [];
  return client.send(command, parts);
}
