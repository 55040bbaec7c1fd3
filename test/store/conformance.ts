import { describe, test } from "bun:test";
import { checkAdmissions } from "./conformance-admissions.ts";
import { checkBans } from "./conformance-bans.ts";
import { checkServers } from "./conformance-servers.ts";
import type { Check, StoreWorld } from "./store-world.ts";

/** Bans that a customer may have in these tests. */
export const MAX_BANS = 6;

/** Checks that a store does what the methods of the APIs count on; with several gateways, whichever of them is asked. */
export function testStore(name: string, create: () => Promise<StoreWorld>): void {
  const check: Check = (sentence, body) =>
    test(sentence, async () => {
      await using world = await create();
      await body(world, world.stores[0], world.stores.at(-1) ?? world.stores[0]);
    });

  describe(name, () => {
    checkAdmissions(check);
    checkBans(check, MAX_BANS);
    checkServers(check);
  });
}
