import type { KeyRing } from "./auth/key-ring.ts";
import type { ResolvedConfig } from "./config/load.ts";
import type { Fleet } from "./fleet/state.ts";
import { countEligible } from "./fleet/views.ts";

/** Why clients cannot be served at the moment, in words; empty if they can. */
export function findUnreadyReasons(
  { keyRing, config }: { readonly keyRing: KeyRing | undefined; readonly config: ResolvedConfig },
  fleet: Fleet,
): string[] {
  const reasons: string[] = [];
  if (keyRing === undefined) reasons.push("the customers are not loaded");
  else if (keyRing.customers === 0 && config.unknownCustomers === "forbidden") reasons.push("there are no customers");
  if (countEligible(fleet) === 0) {
    const isKeyless = fleet.servers.values().some(({ phase }) => phase === "keyless");
    reasons.push(isKeyless ? "no server that reports holds a key in force" : "no server has reported lately");
  }
  return reasons;
}
