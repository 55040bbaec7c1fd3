import type { KeyRing } from "../auth/key-ring.ts";
import { systemClock } from "../clock.ts";
import { fetchCustomers } from "../config/customer-feed.ts";
import type { ResolvedConfig } from "../config/load.ts";
import { createFetchedKeyRing, createPlan } from "../plan.ts";
import { CommandError, EXIT } from "./io.ts";

/** The keys that a gateway with this config would have, and what it would leave out of them. */
export interface LoadedKeyRing {
  readonly keyRing: KeyRing;
  readonly warnings: readonly string[];
}

/** Checks the config as a whole and gets its customers as `serve` would; throws ConfigErrors, and a CommandError if they cannot be fetched. */
export async function loadKeyRing(config: ResolvedConfig): Promise<LoadedKeyRing> {
  const { keyRing } = createPlan(config);
  if (keyRing !== undefined || config.customerApi === undefined)
    return { keyRing: keyRing ?? createFetchedKeyRing([]).keyRing, warnings: [] };
  const { updateFunction } = config.customerApi;
  try {
    const fetched = await fetchCustomers({
      updateFunction,
      allowEmpty: config.allowEmptyCustomers,
      clock: systemClock,
    });
    const built = createFetchedKeyRing(fetched.customers);
    return { keyRing: built.keyRing, warnings: [...fetched.warnings, ...built.warnings] };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(EXIT.unavailable, `the config is good, but its customers could not be fetched: ${reason}`);
  }
}
