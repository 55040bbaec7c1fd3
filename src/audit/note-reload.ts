import type { AuditLog } from "./audit-log.ts";

/** How an attempt to reload the config went. */
export interface Reloaded {
  /** What asked for it. */
  readonly trigger: string;
  readonly outcome: string;
  /** A line for each setting that changed, without secrets. */
  readonly changed: readonly string[];
}

/** So many changed settings are recorded by name. */
const MAX_NAMED = 50;

/** Puts a reload of the config on record, and apart from it that the master keys are others. */
export function noteReload(audit: AuditLog, { trigger, outcome, changed }: Reloaded): void {
  const settings = changed.map((line) => line.slice(0, line.indexOf(": ")));
  audit.note({ trigger, method: "config.reload", params: { changed: settings.slice(0, MAX_NAMED) }, result: outcome });
  if (settings.includes("masterKey")) audit.note({ trigger, method: "masterKey.change", params: {}, result: outcome });
}
