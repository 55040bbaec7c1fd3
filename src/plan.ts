import {
  createInternalAuthenticator,
  type InternalAuthenticator,
  type InternalCaller,
} from "./auth/authenticate-internal.ts";
import { LEEWAY_SEC } from "./auth/claims.ts";
import { type Customer, createKeyRing, DEMO_CUSTOMER_PREFIX, type KeyRing } from "./auth/key-ring.ts";
import { createNetworkSet, type NetworkSet } from "./auth/network.ts";
import { FETCHED } from "./config/customer-feed.ts";
import type { ResolvedConfig } from "./config/load.ts";
import { ConfigError } from "./errors.ts";
import type { PlacementPolicy } from "./fleet/placement-policy.ts";
import type { FleetPolicy } from "./fleet/state.ts";
import { createRecommendedSettings, overrideSettings, type TomlTable } from "./sfu-config/recommended.ts";

/** The pool of all servers where no pools are configured. */
const ONLY_POOL = "default";

/** A password of fewer characters is worth a warning. */
const MIN_PASSWORD = 8;

/** What a config comes to once everything in it was understood. */
export interface Plan {
  readonly policy: FleetPolicy;
  readonly defaultPool: string;
  /** Absent until `customerApi` has fetched the customers. */
  readonly keyRing: KeyRing | undefined;
  readonly authenticateInternal: InternalAuthenticator;
  readonly recommended: TomlTable;
  readonly trustedProxies: NetworkSet;
}

/** Makes a plan of a config and starts nothing; throws a ConfigError if the config asks for what cannot be. */
export function createPlan(config: ResolvedConfig): Plan {
  return {
    policy: toFleetPolicy(config),
    defaultPool: config.sfuPools?.default ?? ONLY_POOL,
    keyRing:
      config.customers &&
      createKeyRing(config.customers, { source: config.source, path: "customers", brokenKeys: "refuse" }).keyRing,
    authenticateInternal: createInternalAuthenticator(config.internal),
    recommended: createRecommended(config),
    trustedProxies: createNetworkSet(config.trustedProxies),
  };
}

/** The key ring of fetched customers: keys at fault are left out, and named in `warnings`. Throws a ConfigError. */
export function createFetchedKeyRing(customers: readonly Customer[]): { keyRing: KeyRing; warnings: string[] } {
  return createKeyRing(customers, { source: FETCHED, path: "customers", brokenKeys: "skip" });
}

/** What is odd about a config that is good: what an operator would otherwise find out from players. */
export function findWarnings({ customers, unknownCustomers, internal, trustedProxies }: ResolvedConfig): string[] {
  const warnings: string[] = [];
  if (customers?.length === 0 && unknownCustomers === "forbidden") {
    warnings.push(
      "there are no customers, so every token is refused: make a key with `odin-gateway keygen` and put its entry into customers",
    );
  }
  if (unknownCustomers !== "forbidden")
    warnings.push("unknownCustomers admits tokens that nobody has verified: for demos only");
  if (internal.users.size === 0 && internal.allow.length === 0 && !internal.trustLoopback) {
    warnings.push("nobody may call /internal, so no server can attach: put a user into internal.users");
  }
  if (internal.trustLoopback) {
    warnings.push(
      "internal.trustLoopback lets everybody on this machine call /internal as an operator: not for production, and never behind a proxy",
    );
  }
  for (const [name, { password }] of internal.users) {
    if (password.length < MIN_PASSWORD)
      warnings.push(
        `the password of internal.users.${name} is shorter than ${MIN_PASSWORD} characters: it can be guessed`,
      );
  }
  for (const network of trustedProxies.filter((cidr) => cidr.endsWith("/0"))) {
    warnings.push(`trustedProxies has ${network}, which is everybody: callers can claim to come from any address`);
  }
  return warnings;
}

function toFleetPolicy({
  sfuPools,
  sfuConfig,
  reservationTimeout,
  loginToken,
  placement,
}: ResolvedConfig): FleetPolicy {
  return {
    pools: sfuPools?.available ?? [ONLY_POOL],
    updateIntervalMs: sfuConfig.updateInterval * 1000,
    disableTimeoutMs: sfuConfig.disableTimeout * 1000,
    removeTimeoutMs: sfuConfig.removeTimeout * 1000,
    reservationTimeoutMs: reservationTimeout * 1000,
    tokenUsableMs: (loginToken.lifetime + LEEWAY_SEC) * 1000,
    maxQueuedTasks: 10_000,
    maxQueuedBytes: 16 * 1024 * 1024,
    maxBansPerCustomer: 100_000,
    maxUnverifiedCustomers: 1_000,
    unverifiedPrefix: DEMO_CUSTOMER_PREFIX,
    stallMs: 2_000,
    placement: toPlacementPolicy(placement),
  };
}

/** The settings of placement as the fleet reads them. */
function toPlacementPolicy(placement: ResolvedConfig["placement"]): PlacementPolicy {
  const { pendingSec, growthSec, slowStartSec, ...rest } = placement;
  return { ...rest, pendingMs: pendingSec * 1000, growthMs: growthSec * 1000, slowStartMs: slowStartSec * 1000 };
}

function createRecommended({ sfuConfig, gridConfig, source }: ResolvedConfig): TomlTable {
  const reportIntervalMs = sfuConfig.updateInterval * 1000;
  try {
    return overrideSettings(
      createRecommendedSettings({ reportIntervalMs, metricsServer: sfuConfig.metricsServer }),
      gridConfig,
    );
  } catch (error) {
    throw new ConfigError(source, [
      { path: "gridConfig", message: error instanceof Error ? error.message : String(error) },
    ]);
  }
}

/** Says whether whoever came with these credentials is an operator under the plan. */
export function isOperator(caller: InternalCaller, { authenticateInternal }: Plan): boolean {
  try {
    return authenticateInternal(caller).role === "operator";
  } catch {
    return false;
  }
}
