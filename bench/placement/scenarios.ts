import { resolveConfig } from "../../src/config/load.ts";
import type { PlacementPolicy } from "../../src/fleet/placement-policy.ts";
import type { FleetPolicy } from "../../src/fleet/state.ts";
import { createPlan } from "../../src/plan.ts";

/** A world in which policies are compared; shares are of the capacity of all servers. */
export interface Scenario {
  readonly name: string;
  /** Clients that each server takes before it is full. */
  readonly capacities: readonly number[];
  /** Clients who are there when a burst has come; half a burst less on average. */
  readonly utilisation: number;
  /** Clients of the rooms that are opened at once, every minute. */
  readonly burst: number;
}

const SERVERS = 24;
const mixed = Array.from({ length: SERVERS }, (_, i) => [400, 800, 1600][i % 3] ?? 0);
const equal = mixed.map(() => 800);

/** All scenarios by name. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  heavy: { name: "heavy", capacities: mixed, utilisation: 0.9, burst: 0.1 },
  light: { name: "light", capacities: mixed, utilisation: 0.62, burst: 0.05 },
  full: { name: "full", capacities: mixed, utilisation: 0.95, burst: 0.1 },
  "heavy-equal": { name: "heavy-equal", capacities: equal, utilisation: 0.9, burst: 0.1 },
};

/** What the product does without a setting. */
const product = createPlan(resolveConfig({}, { source: "no config", flags: {}, env: {} })).policy;
const defaults = product.placement;

/** The policies that are compared: those that can be chosen, and the default without one part each. */
export const POLICIES: Readonly<Record<string, PlacementPolicy>> = {
  random: { ...defaults, strategy: "random" },
  "round-robin": { ...defaults, strategy: "round-robin" },
  weighted: { ...defaults, strategy: "weighted" },
  "least-loaded": { ...defaults, strategy: "least-loaded" },
  "two-choice": { ...defaults, strategy: "two-choice" },
  headroom: defaults,
  "headroom-no-pending": { ...defaults, pendingMs: 0 },
  "headroom-no-residue": { ...defaults, residue: 0 },
  "headroom-no-growth": { ...defaults, growthMs: 0 },
  "headroom-no-learned-cost": { ...defaults, costRange: 1 },
  "headroom-no-slow-start": { ...defaults, slowStartMs: 0 },
  "headroom-no-cut-off": { ...defaults, maxOverMean: 100 },
};

/** The product's own settings around a policy of placement. */
export function toFleetPolicy(policy: PlacementPolicy): FleetPolicy {
  return { ...product, placement: policy };
}
