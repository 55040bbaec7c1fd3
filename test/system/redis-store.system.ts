import { afterAll, expect, test } from "bun:test";
import { RedisClient } from "bun";
import { createChildren } from "../../bench/processes/children.ts";
import { toChannel, toCustomerKey } from "../../src/store/redis/claims.ts";
import { testStore } from "../store/conformance.ts";
import { until } from "./live-fleet.ts";
import { REDIS_SERVER, startRedis } from "./redis/redis-server.ts";
import { createSharedWorld } from "./redis/shared-world.ts";
import { ensureTool } from "./tools.ts";

const children = createChildren();
const missing = await ensureTool(REDIS_SERVER, REDIS_SERVER);
if (missing) throw new Error(missing);
const redis = await startRedis(children, { appendOnly: false });
afterAll(() => children[Symbol.asyncDispose]());

for (const gateways of [1, 2, 4])
  testStore(`${gateways} stores on one Redis`, () => createSharedWorld({ redis: redis.url, gateways }));

const BAN = { customer: "acme", namespace: "acme", room: "lobby" };
const PAGE = { limit: 10, after: 0 };

test("a gateway does with the rights that the manual names all that it does", async () => {
  const manual = await Bun.file("docs/scaling.md").text();
  const rights = /^ACL SETUSER gateway (.*)$/m.exec(manual)?.[1] ?? "";
  const client = new RedisClient(redis.url);
  // The keys of these worlds begin with another word.
  await client.send("ACL", ["SETUSER", "gateway", "reset", ...rights.replaceAll("odin-gateway:", "world-").split(" ")]);
  const url = new URL(redis.url);
  url.username = "gateway";
  url.password = "the-password";
  await using world = await createSharedWorld({ redis: url.href, gateways: 2 });
  const [a, b = a] = world.stores;
  const report = { pool: "default", endpoint: "one:1", version: "1", load: 0, clients: 1, connection: "c" };
  const lobby = { namespace: "acme", name: "lobby", customer: "acme", peers: 1, ageMs: 0 };
  await a.report({ ...report, rooms: [lobby], exchange: 1 });
  await world.settle();
  const limits = { maxPeers: 5, maxRooms: 5 };
  const call = { pool: "default", ...BAN, limits, user: "ann", rooms: ["lobby"], preferredServer: undefined, tags: [] };
  expect(await b.admit(call)).toMatchObject({ endpoint: "one:1" });
  await b.updateRoom({ ...BAN, userData: [1] });
  await b.closeRoom({ ...BAN, banSec: 60 });
  await world.settle();
  expect(await a.report({ ...report, rooms: [lobby], exchange: 2 })).toHaveLength(2);
  await a.report({ ...report, rooms: [], exchange: 3 });
  await world.settle();
  await world.pass(8_000);
  await b.forget({ endpoint: "one:1" });
  await world.restart?.(0);
  expect(await world.stores[0].servers()).toEqual([]);
  expect((await world.stores[0].searchBans(PAGE)).items).toHaveLength(1);
  // Nobody was refused anything.
  expect(String(await client.send("ACL", ["LOG"]))).not.toContain("gateway");
  client.close();
});

/** What a gateway of a later version might do: something changes in the state, and is told in words that nobody here knows. */
async function changeAsLater(client: RedisClient, prefix: string): Promise<void> {
  const key = toCustomerKey(prefix, "acme");
  const bans = (await client.send("HGETALL", [`${key}bans`])) as Record<string, string>;
  const [field = "", value = ""] = Object.entries(bans)[0] ?? [];
  await client.send("HSET", [
    `${key}bans`,
    `${field}+eve`,
    value.replace('"room":"lobby"', '"room":"lobby","user":"eve"'),
  ]);
  const [life] = (await client.send("HMGET", [`${key}meta`, "inc"])) as string[];
  const seq = await client.send("HINCRBY", [`${key}meta`, "seq", "1"]);
  const delta = { type: "novelty", customer: "acme", gateway: "of a later version", life, seq: Number(seq) };
  await client.send("PUBLISH", [toChannel(prefix), JSON.stringify(delta)]);
}

test("a gateway that is told of a change that it does not understand reads the customer anew", async () => {
  await using world = await createSharedWorld({ redis: redis.url, gateways: 2 });
  const [a, b] = world.stores;
  await a.closeRoom({ ...BAN, banSec: 60 });
  await world.settle();
  const client = new RedisClient(redis.url);
  await changeAsLater(client, world.keyPrefix);
  client.close();
  for (const store of [a, b ?? a])
    await until("it knows of the ban", async () => (await store.searchBans(PAGE)).items.length === 2);
  // And goes on as before.
  await a.banClient({ ...BAN, user: "bob", banSec: 60 });
  await world.settle();
  expect((await (b ?? a).searchBans(PAGE)).items.map(({ user }) => user)).toEqual(
    expect.arrayContaining(["eve", "bob"]),
  );
});

test("a gateway takes no notice of what is none of its own kind", async () => {
  await using world = await createSharedWorld({ redis: redis.url, gateways: 2 });
  const [a, b] = world.stores;
  const client = new RedisClient(redis.url);
  for (const text of ["", "{", "null", "7", '{"type":"admit"}', '{"type":"novelty","gateway":"x"}'])
    await client.send("PUBLISH", [toChannel(world.keyPrefix), text]);
  client.close();
  await a.closeRoom({ ...BAN, banSec: 60 });
  expect((await (b ?? a).searchBans(PAGE)).items).toHaveLength(1);
});

test("a server that only reports is known to a gateway that joins later", async () => {
  await using world = await createSharedWorld({ redis: redis.url, gateways: 2 });
  const report = { pool: "default", endpoint: "one:1", version: "1", load: 0, clients: 0, rooms: [] };
  await world.stores[0].report({ ...report, connection: "c", exchange: 1 });
  await world.settle();
  await world.restart?.(1);
  expect(await (world.stores[1] ?? world.stores[0]).servers()).toMatchObject([{ endpoint: "one:1" }]);
});

test("a gateway reads a customer of thousands of rooms in parts, and misses nothing that happens meanwhile", async () => {
  await using world = await createSharedWorld({ redis: redis.url, gateways: 2 });
  const [a] = world.stores;
  const rooms = Array.from({ length: 4_000 }, (_, i) => ({
    namespace: "acme",
    name: `room-${i}`,
    customer: "acme",
    peers: 2,
    ageMs: 60_000,
  }));
  const base = { pool: "default", version: "1", load: 0.1, clients: 8_000, connection: "c" };
  await a.report({ ...base, endpoint: "one:1", exchange: 1, rooms });
  await world.settle();
  const join = (room: string, user: string) => ({
    ...{ pool: "default", namespace: "acme", customer: "acme", limits: { maxPeers: 1e6, maxRooms: 1e6 } },
    ...{ user, rooms: [room], preferredServer: undefined, tags: [] },
  });
  const restarted = world.restart?.(1);
  for (let i = 0; i < 300; i++) await a.admit(join(`new-${i}`, "ann"));
  await restarted;
  await world.settle();
  const usage = async (store: typeof a) =>
    (await store.searchUsage({ limit: 10, after: "", configured: new Map() })).usages;
  expect(await usage(world.stores.at(-1) ?? a)).toEqual(await usage(a));
  expect(await usage(a)).toMatchObject([{ customer: "acme", rooms: 4_300, peers: 8_000, reserved: 300 }]);
});
