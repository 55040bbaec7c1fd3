import { RedisClient } from "bun";
import type { Fleet } from "../../../src/fleet/state.ts";
import { toChannel, toCustomerKey } from "../../../src/store/redis/claims.ts";
import { createRedisStore, type RedisStore } from "../../../src/store/redis/redis-store.ts";
import { CUSTOMER_SCRIPTS } from "../../../src/store/redis/scripts.ts";
import { createTestFleet } from "../../fleet/fixture.ts";
import { MAX_BANS } from "../../store/conformance.ts";
import type { ModelWorld } from "../../store/model.ts";

const LOOK_MS = 2;
let worlds = 0;

/** Such gateways, and what all their keys begin with. */
export interface SharedWorld extends ModelWorld {
  readonly keyPrefix: string;
}

/** Creates gateways in this process that share a fleet over a real Redis, on a clock that is ahead of Redis' as it is told. */
export async function createSharedWorld({
  redis,
  gateways,
}: {
  redis: string;
  gateways: number;
}): Promise<SharedWorld> {
  const startedAt = Date.now();
  const keyPrefix = `world-${worlds++}`;
  const client = new RedisClient(redis);
  let virtual = 0;
  let seeds = 0;
  const now = () => Date.now() + virtual;

  async function start(): Promise<{ fleet: Fleet; store: RedisStore }> {
    const fleet = createTestFleet({ maxBansPerCustomer: MAX_BANS }, seeds++);
    fleet.listeningSince = startedAt;
    fleet.advancedAt = startedAt;
    const sharing = { redis, keyPrefix, onOutage: "degrade" as const };
    const store = createRedisStore({ fleet, keeper: undefined, now, onEvent() {}, sharing, aheadMs: () => virtual });
    while (store.sharing().mode !== "joined") await Bun.sleep(LOOK_MS);
    return { fleet, store };
  }

  const first = await start();
  const others = await Promise.all(Array.from({ length: gateways - 1 }, start));
  const all: [typeof first, ...(typeof first)[]] = [first, ...others];

  function pass(ms: number): void {
    virtual += ms;
    for (const { store } of all) store.advance();
  }

  return {
    now,
    keyPrefix,
    get stores() {
      const [head, ...rest] = all.map(({ store }) => store);
      if (!head) throw new Error("there is no gateway");
      return [head, ...rest] as const;
    },
    fleets() {
      const [head, ...rest] = all.map(({ fleet }) => fleet);
      if (!head) throw new Error("there is no gateway");
      return [head, ...rest] as const;
    },
    pass: async (ms) => pass(ms),
    async settle() {
      for (const { store } of all) await store.kept();
      for (const { store } of all) await store.searchBans({ limit: 1, after: 0 });
    },
    async restart(gateway) {
      await all[gateway]?.store[Symbol.asyncDispose]();
      all[gateway] = await start();
      // What is over of what it has joined ends when time passes there.
      pass(1);
    },
    async count() {
      const key = toCustomerKey(keyPrefix, "acme");
      // Reading it ends what is over there.
      const args = [
        toChannel(keyPrefix),
        "acme",
        "observer",
        String(virtual),
        "0",
        "0",
        "",
        "0",
        "",
        "groups",
        "0",
        "1",
      ];
      await client.send("EVAL", [CUSTOMER_SCRIPTS.snapshot.source, "1", key, ...args]);
      const [peers, slots, rooms] = toTexts(await client.send("HMGET", [`${key}meta`, "p", "v", "n"]));
      return { peers: Number(peers ?? 0) + Number(slots ?? 0), rooms: Number(rooms ?? 0) };
    },
    async [Symbol.asyncDispose]() {
      client.close();
      for (const { store } of all) await store[Symbol.asyncDispose]();
    },
  };
}

function toTexts(answer: unknown): (string | undefined)[] {
  return Array.isArray(answer) ? answer.map((item) => (item === null ? undefined : String(item))) : [];
}
