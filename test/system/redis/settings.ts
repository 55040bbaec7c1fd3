import { FAULT_KINDS, type FaultKind } from "./faults.ts";

/** How several gateways are put to the proof. */
export interface ChaosSettings {
  readonly gateways: number;
  /** How the Redis keeps its data; "none" for gateways that do not share anything. */
  readonly redis: "append-only" | "snapshots" | "none";
  readonly servers: number;
  /** Connects a second, over all gateways. */
  readonly perSecond: number;
  /** Seconds in which there are faults, and seconds after the last one, under the same load. */
  readonly seconds: number;
  readonly quietSeconds: number;
  readonly faults: readonly FaultKind[];
  /** The same seed gives the same faults. */
  readonly seed: number;
}

/** What the settings are called where they are given as texts: as flags, or in the environment. */
export const SETTING_NAMES = ["gateways", "redis", "servers", "rate", "seconds", "quiet", "faults", "seed"] as const;

/** Reads settings from texts; throws an Error that names one that cannot be. */
export function readSettings(find: (name: (typeof SETTING_NAMES)[number]) => string | undefined): ChaosSettings {
  const toCount = (name: (typeof SETTING_NAMES)[number], otherwise: number) => {
    const value = Number(find(name) ?? otherwise);
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name} must be an integer`);
    return value;
  };
  const redis = find("redis") ?? "append-only";
  if (redis !== "append-only" && redis !== "snapshots" && redis !== "none")
    throw new Error("redis must be append-only, snapshots or none");
  const faults = (find("faults") ?? FAULT_KINDS.join(",")).split(",");
  const unknown = faults.find((fault) => fault !== "none" && !FAULT_KINDS.some((kind) => kind === fault));
  if (unknown !== undefined) throw new Error(`faults must be none, or some of ${FAULT_KINDS.join(",")}`);
  return {
    gateways: toCount("gateways", 4),
    redis,
    servers: toCount("servers", 50),
    perSecond: toCount("rate", 500),
    seconds: toCount("seconds", 60),
    quietSeconds: toCount("quiet", 15),
    faults: FAULT_KINDS.filter((kind) => faults.includes(kind)),
    seed: toCount("seed", 7),
  };
}

/** Reads settings from the environment, where `rate` is CHAOS_RATE and so on. */
export function readEnvironment(): ChaosSettings {
  return readSettings((name) => process.env[`CHAOS_${name.toUpperCase()}`]);
}
