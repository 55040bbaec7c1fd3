import { afterAll, expect, test } from "bun:test";
import { createChildren } from "../../bench/processes/children.ts";
import { createRedisStore, type RedisStore } from "../../src/store/redis/redis-store.ts";
import { CUSTOMER_SCRIPTS } from "../../src/store/redis/scripts.ts";
import { createTestFleet, report } from "../fleet/fixture.ts";
import { until } from "./live-fleet.ts";
import { startMonitor } from "./redis/monitor.ts";
import { startRedisLine } from "./redis/redis-line.ts";
import { REDIS_SERVER, startRedis } from "./redis/redis-server.ts";
import { ensureTool } from "./tools.ts";

/** How a gateway joins what others share, and tells what it did alone. */

const children = createChildren();
const missing = await ensureTool(REDIS_SERVER, REDIS_SERVER);
if (missing) throw new Error(missing);
const redis = await startRedis(children, { appendOnly: false });
afterAll(() => children[Symbol.asyncDispose]());

const CUSTOMERS = 1_000;
const LIMITS = { maxPeers: 10, maxRooms: 10 };
const REPORT = { pool: "default", endpoint: "one:1", version: "1", load: 0.1, clients: 0, connection: "c" };
const PAGE = { limit: 10, after: 0 };
let worlds = 0;

/** A gateway, which may not have joined yet. */
function createStore(keyPrefix: string, url = redis.url, fleet = createTestFleet()): RedisStore {
  fleet.advancedAt = fleet.listeningSince = Date.now();
  const sharing = { redis: url, keyPrefix, onOutage: "degrade" as const };
  return createRedisStore({ fleet, keeper: undefined, now: Date.now, onEvent() {}, sharing });
}

const isIn = (store: RedisStore, mode: string) => () => store.sharing().mode === mode;

function join(customer: string, room: string, user: string) {
  const named = { pool: "default", namespace: customer, customer, user, rooms: [room] };
  return { ...named, limits: LIMITS, preferredServer: undefined, tags: [] };
}

const usageOf = async (store: RedisStore) =>
  (await store.searchUsage({ limit: 10, after: "", configured: new Map() })).usages;

test("a gateway asks for a customer as soon as it has caught up with that one, and not with all", async () => {
  const prefix = `join-${worlds++}`;
  await using first = createStore(prefix);
  await until("it has joined", isIn(first, "joined"));
  const rooms = Array.from({ length: CUSTOMERS }, (_, i) => ({
    ...{ namespace: `c${i}`, customer: `c${i}`, name: "lobby", peers: 9, ageMs: 0 },
  }));
  await first.report({ ...REPORT, rooms, exchange: 1 });
  await first.kept();
  await using second = createStore(prefix);
  const last = `c${CUSTOMERS - 1}`;
  expect((await second.admit(join(last, "lobby", "ann"))).endpoint).toBe("one:1");
  // It counts the peers that it has read: there was place for one. (`rejects` would run the event loop within itself.)
  const refusal = await (async () => await second.admit(join(last, "lobby", "bob")))().catch((error) => error.error);
  expect(refusal).toBe("peerLimit");
  expect(second.sharing().mode).toBe("joining");
  await until("it has joined", isIn(second, "joined"));
  expect(await second.searchUsage({ limit: CUSTOMERS, after: "", configured: new Map() })).toEqual(
    await first.searchUsage({ limit: CUSTOMERS, after: "", configured: new Map() }),
  );
});

test("a gateway that was alone tells what it did, and others need not read anything for that", async () => {
  const prefix = `join-${worlds++}`;
  using line = await startRedisLine(redis.url);
  await using there = createStore(prefix);
  await using alone = createStore(prefix, line.url);
  await until("both have joined", () => isIn(there, "joined")() && isIn(alone, "joined")());
  await there.report({ ...REPORT, rooms: [], exchange: 1 });
  await there.admit(join("acme", "before", "ann"));
  await until("both know", async () => (await usageOf(alone)).length === 1);
  line.cut();
  await until("it is alone", isIn(alone, "alone"));
  await alone.admit(join("acme", "at-one", "bob"));
  await alone.banClient({ customer: "acme", namespace: "acme", room: "before", user: "eve", banSec: 60 });
  await there.admit(join("acme", "at-other", "cat"));
  using monitor = await startMonitor(redis.url);
  line.heal();
  await until("it has joined", isIn(alone, "joined"));
  const reads = monitor.commands().filter(({ words }) => words[1] === CUSTOMER_SCRIPTS.snapshot.sha1);
  for (const store of [there, alone]) {
    expect((await store.searchBans(PAGE)).items).toMatchObject([{ room: "before", user: "eve" }]);
    expect(await usageOf(store)).toMatchObject([{ customer: "acme", rooms: 3, reserved: 3 }]);
  }
  // Groups, bans and tasks, by the one that was alone.
  expect(reads).toHaveLength(3);
});

test("a gateway reads nothing of a customer about whom it was told everything before the connection was lost", async () => {
  const prefix = `join-${worlds++}`;
  using line = await startRedisLine(redis.url);
  await using store = createStore(prefix, line.url);
  await until("it has joined", isIn(store, "joined"));
  await store.report({ ...REPORT, rooms: [], exchange: 1 });
  await store.admit(join("acme", "lobby", "ann"));
  await store.kept();
  using monitor = await startMonitor(redis.url);
  line.cut();
  await until("it is alone", isIn(store, "alone"));
  line.heal();
  await until("it has joined", isIn(store, "joined"));
  expect(monitor.commands().some(({ words }) => words[1] === CUSTOMER_SCRIPTS.snapshot.sha1)).toBe(false);
  expect(await usageOf(store)).toMatchObject([{ customer: "acme", rooms: 1, reserved: 1 }]);
});

test("a gateway that comes back with what it knew a moment ago does not undo what an operator ordered since", async () => {
  const prefix = `join-${worlds++}`;
  await using there = createStore(prefix);
  await until("it has joined", isIn(there, "joined"));
  await there.report({ ...REPORT, rooms: [], exchange: 1 });
  await there.drain({ endpoint: "one:1", afterSec: undefined });
  await there.kept();
  // It dates the report by when it was told of it.
  const fleet = createTestFleet();
  report(fleet, "one:1", {}, Date.now());
  await using back = createStore(prefix, redis.url, fleet);
  await until("it has joined", isIn(back, "joined"));
  for (const store of [back, there])
    expect((await store.searchServers({ limit: 10, after: "" })).items).toMatchObject([{ state: "draining" }]);
});
