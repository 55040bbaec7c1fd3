import type { KeyRing } from "./auth/key-ring.ts";
import type { Clock, Random } from "./clock.ts";
import { type CustomerFeed, createCustomerFeed, FETCHED } from "./config/customer-feed.ts";
import type { ResolvedConfig } from "./config/load.ts";
import type { Logger } from "./log.ts";
import { createFetchedKeyRing } from "./plan.ts";

/**
 * Begins to fetch the customers of a config that has a `customerApi`, until disposed; nothing for one that has none.
 * `onKeyRing` is given the key ring of each list that is good.
 */
export function startFetchingCustomers(
  { customerApi, allowEmptyCustomers }: ResolvedConfig,
  options: {
    clock: Clock;
    random: Random;
    log: Logger;
    /** Whether there are customers already, which stay when a call goes wrong. */
    hasCustomers: () => boolean;
    onKeyRing: (keyRing: KeyRing) => void;
  },
): CustomerFeed | undefined {
  if (!customerApi) return undefined;
  const { clock, random, log, hasCustomers, onKeyRing } = options;
  return createCustomerFeed({
    updateFunction: customerApi.updateFunction,
    intervalMs: customerApi.updateInterval * 1000,
    allowEmpty: allowEmptyCustomers,
    clock,
    random,
    log,
    hasCustomers,
    onCustomers(customers) {
      const { keyRing, warnings } = createFetchedKeyRing(customers);
      for (const reason of warnings) log.warning("a customer's key was left out", { source: FETCHED, reason });
      onKeyRing(keyRing);
    },
  });
}
