import { afterAll } from "bun:test";
import { createChildren } from "../../bench/processes/children.ts";
import { createRedisStore } from "../../src/store/redis/redis-store.ts";
import { createTestFleet } from "../fleet/fixture.ts";
import { MAX_BANS, type StoreWorld, testStore } from "../store/conformance.ts";
import { startRedis } from "./redis/redis-server.ts";
import { ensureTool } from "./tools.ts";

const children = createChildren();
const missing = await ensureTool("redis-server", "redis-server");
if (missing) throw new Error(missing);
const redis = await startRedis(children, { appendOnly: false });
afterAll(() => children[Symbol.asyncDispose]());
let worlds = 0;

for (const gateways of [1, 2, 4]) testStore(`${gateways} stores on one Redis`, () => createWorld(gateways));

async function createWorld(gateways: number): Promise<StoreWorld> {
  const startedAt = Date.now();
  let virtual = 0;
  const now = () => Date.now() + virtual;
  const sharing = { redis: redis.url, keyPrefix: `world-${worlds++}`, onOutage: "degrade" as const };
  const [first, ...others] = Array.from({ length: gateways }, (_, seed) => {
    const fleet = createTestFleet({ maxBansPerCustomer: MAX_BANS }, seed);
    fleet.listeningSince = startedAt;
    fleet.advancedAt = startedAt;
    return createRedisStore({ fleet, keeper: undefined, now, onEvent() {}, sharing, aheadMs: () => virtual });
  });
  if (!first) throw new Error("there is no gateway");
  const stores = [first, ...others] as const;
  while (stores.some((store) => store.sharing().mode !== "joined")) await Bun.sleep(5);
  return {
    stores,
    async pass(ms) {
      virtual += ms;
      for (const store of stores) store.advance();
    },
    async settle() {
      for (const store of stores) await store.kept();
      for (const store of stores) await store.searchBans({ limit: 1, after: 0 });
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store[Symbol.asyncDispose]();
    },
  };
}
