import { expect, test } from "bun:test";
import { createRedisStore, type RedisStore } from "../../../src/store/redis/redis-store.ts";
import type { SharingOptions } from "../../../src/store/redis/sharing.ts";
import { createTestFleet } from "../../fleet/fixture.ts";

const TARGET = { customer: "acme", namespace: "acme", room: "lobby" };
const CONNECT = {
  ...{ pool: "default", namespace: "acme", customer: "acme", limits: { maxPeers: 10, maxRooms: 10 } },
  ...{ user: "ann", rooms: ["lobby"], preferredServer: undefined, tags: [] },
};
const REPORT = {
  ...{ pool: "default", endpoint: "one:1", version: "1", load: 0.1, clients: 0, rooms: [] },
  ...{ connection: "c", exchange: 1 },
};

/** A store whose Redis is not there, with a server that has reported to it. */
async function createLonelyStore(onOutage: SharingOptions["onOutage"]): Promise<RedisStore> {
  // Port 1 is nobody's.
  const sharing = { redis: "redis://127.0.0.1:1", keyPrefix: "alone", onOutage };
  const fleet = createTestFleet();
  fleet.advancedAt = fleet.listeningSince = Date.now();
  const store = createRedisStore({ fleet, keeper: undefined, now: Date.now, onEvent() {}, sharing });
  await store.report(REPORT);
  return store;
}

test("a gateway whose Redis is not there goes on by what it knows, and says so", async () => {
  await using store = await createLonelyStore("degrade");
  expect((await store.admit(CONNECT)).endpoint).toBe("one:1");
  expect(store.sharing()).toMatchObject({ mode: "alone", gateways: 1 });
  expect(store.sharing().reason).not.toBe("");
  await store.banClient({ ...TARGET, user: "ann", banSec: 60 });
  await expect((async () => await store.admit(CONNECT))()).rejects.toMatchObject({ error: "userBanned" });
  expect(await store.report({ ...REPORT, exchange: 2 })).toMatchObject([{ task: "RoomBanClient", user_id: "ann" }]);
});

test("a gateway that is to refuse then refuses clients and backends, with when to come again, and still hears servers", async () => {
  await using store = await createLonelyStore("refuse");
  const refusal = { error: "unavailable", data: { retryAfterSec: 1 } };
  await expect((async () => await store.admit(CONNECT))()).rejects.toMatchObject(refusal);
  await expect((async () => await store.closeRoom({ ...TARGET, banSec: 60 }))()).rejects.toMatchObject(refusal);
  expect(await store.report({ ...REPORT, exchange: 2 })).toEqual([]);
});
