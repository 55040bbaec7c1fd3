import type { KeyRing } from "./auth/key-ring.ts";
import type { ResolvedConfig } from "./config/load.ts";
import type { Fleet } from "./fleet/state.ts";
import { countEligible } from "./fleet/views.ts";
import type { Sharing } from "./store/redis/sharing.ts";

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

/** Why clients cannot be served as the shared state is not joined: that is short, or the config has it so. */
export function findSharingReasons(onOutage: "degrade" | "refuse" | undefined, sharing: Sharing | undefined): string[] {
  if (sharing?.mode === "joining") return ["the shared state is being joined"];
  return sharing?.mode === "alone" && onOutage === "refuse" ? ["the shared state cannot be reached"] : [];
}

/** Why clients are served by what this gateway knows alone, if they are. */
export function findDegradedReason(sharing: Sharing | undefined): string | undefined {
  return sharing?.mode === "alone"
    ? `the shared state cannot be reached: ${sharing.reason ?? "no reason is known"}`
    : undefined;
}
