import type { Happening } from "./happening.ts";

/** How an attempt to reload the config went. */
export interface ReloadFacts {
  /** What asked for it. */
  readonly trigger: string;
  readonly outcome: "applied" | "unchanged" | "failed";
  /** A line for each setting that changed, which begins with its path and a colon. */
  readonly changed: readonly string[];
  readonly needsRestart: readonly string[];
}

/** So many changed settings are named. */
const MAX_NAMED = 50;

/** What is told of a reload: the names of settings, and no values; not why it failed, as a fault may quote the config. */
export function toReloadHappening({ trigger, outcome, changed, needsRestart }: ReloadFacts): Happening | undefined {
  if (outcome === "failed") return { type: "config.failed", key: "config", data: { trigger } };
  if (outcome === "unchanged") return undefined;
  const names = changed.slice(0, MAX_NAMED).map((line) => line.slice(0, line.indexOf(": ")));
  return { type: "config.reloaded", key: "config", data: { trigger, changed: names, needsRestart } };
}
