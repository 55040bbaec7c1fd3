import type { AdmitRequest } from "../../src/fleet/admit.ts";
import { createFleet } from "../../src/fleet/state.ts";
import { createSeededRandom } from "../../src/sim/random.ts";
import { createRedisStore } from "../../src/store/redis/redis-store.ts";
import { toFleetPolicy } from "../placement/scenarios.ts";
import type { WorldGatewayOptions, WorldGateways } from "../placement/world-gateways.ts";

const LOOK_MS = 2;
let worlds = 0;

/**
 * Creates gateways that share a fleet over Redis, on a clock that runs as the world has it. Servers report to one after the
 * other. Whatever happens in a tick of the world happens at once; at its end all know of it.
 */
export async function createSharedGateways(
  redis: string,
  { policy, count, seed, now }: WorldGatewayOptions,
): Promise<WorldGateways> {
  const sharing = { redis, keyPrefix: `placement-${process.pid}-${worlds++}`, onOutage: "refuse" as const };
  const aheadMs = () => now() - Date.now();
  const stores = Array.from({ length: count }, (_, i) => {
    const fleet = createFleet(toFleetPolicy(policy), createSeededRandom(1_000 * seed + i), now());
    return createRedisStore({ fleet, keeper: undefined, now, onEvent() {}, sharing, aheadMs });
  });
  while (stores.some((store) => store.sharing().mode !== "joined")) await Bun.sleep(LOOK_MS);
  let reports = 0;
  const at = (gateway: number) => {
    const store = stores[gateway % count];
    if (!store) throw new Error("there is no gateway");
    return store;
  };

  async function settle(): Promise<void> {
    await Promise.all(stores.map((store) => store.kept()));
    await Promise.all(stores.map((store) => store.searchBans({ limit: 1, after: 0 })));
    const lost = stores.find((store) => store.sharing().mode !== "joined");
    if (lost) throw new Error(`a gateway went on alone: ${lost.sharing().reason}`);
  }

  return {
    async admit(gateway: number, request: AdmitRequest) {
      try {
        return (await at(gateway).admit(request)).endpoint;
      } catch {
        return undefined;
      }
    },
    report: async (report) => void (await at(reports++).report(report)),
    drain: (endpoint) => at(0).drain({ endpoint, afterSec: undefined }),
    undrain: (endpoint) => at(0).undrain({ endpoint }),
    async advance() {
      for (const store of stores) store.advance();
      await settle();
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store[Symbol.asyncDispose]();
    },
  };
}
