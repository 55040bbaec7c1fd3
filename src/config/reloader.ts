import type { Clock } from "../clock.ts";
import { ConfigError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { compareConfigs } from "./diff.ts";
import type { ResolvedConfig } from "./load.ts";

/** How an attempt to reload went. Times are ISO 8601. */
export interface ReloadReport {
  readonly at: string;
  /** What asked for it. */
  readonly trigger: string;
  readonly outcome: "applied" | "unchanged" | "failed";
  /** Why it failed, with every fault. */
  readonly reason?: string;
  readonly changed: readonly string[];
  readonly needsRestart: readonly string[];
}

/** What is in force, and how the last attempt to change it went. */
export interface ConfigStatus {
  readonly source: string;
  readonly inForceSince: string;
  readonly lastReload: ReloadReport | null;
}

/** Reloads a config, one attempt after the other. */
export interface Reloader {
  /** Loads the config afresh and puts it in force if it is good; never rejects. */
  readonly reload: (trigger: string) => Promise<ReloadReport>;
  readonly status: () => ConfigStatus;
}

/** Creates a reloader; `apply` puts a config in force whole, or throws and has changed nothing. */
export function createReloader(options: {
  initial: ResolvedConfig;
  load: () => Promise<ResolvedConfig>;
  apply: (config: ResolvedConfig) => void;
  /** Told of a config that is in force, after the log was. */
  onApplied: (config: ResolvedConfig) => void;
  /** Told that an attempt is over, and how it ended. */
  onEnd: (report: ReloadReport) => void;
  clock: Clock;
  log: Logger;
}): Reloader {
  const { load, apply, onApplied, onEnd, clock, log } = options;
  const now = () => new Date(clock.wall()).toISOString();
  let inForce = options.initial;
  let inForceSince = now();
  let lastReload: ReloadReport | null = null;
  let queue: Promise<unknown> = Promise.resolve();

  async function attempt(trigger: string): Promise<ReloadReport> {
    const report = await tryOnce(trigger);
    onEnd(report);
    return report;
  }

  async function tryOnce(trigger: string): Promise<ReloadReport> {
    const at = now();
    const report = (outcome: ReloadReport["outcome"], more: Partial<ReloadReport> = {}): ReloadReport => {
      lastReload = { at, trigger, outcome, changed: [], needsRestart: [], ...more };
      return lastReload;
    };
    try {
      const config = await load();
      const { changed } = compareConfigs(inForce, config);
      // What needs a restart is in force as it was at the start, whatever was written since.
      const { needsRestart } = compareConfigs(options.initial, config);
      if (changed.length === 0) {
        inForce = config;
        return report("unchanged", { needsRestart });
      }
      apply(config);
      inForce = config;
      inForceSince = at;
      log.info("the config was reloaded", { trigger, changed });
      if (needsRestart.length > 0) log.warning("some changes count only after a restart", { needsRestart });
      onApplied(config);
      return report("applied", { changed, needsRestart });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.error("the config could not be reloaded, what was in force stays in force", {
        trigger,
        ...(error instanceof ConfigError ? { reason } : { error }),
      });
      return report("failed", { reason });
    }
  }

  return {
    reload(trigger) {
      const done = queue.then(() => attempt(trigger));
      queue = done;
      return done;
    },
    status: () => ({ source: inForce.source, inForceSince, lastReload }),
  };
}
