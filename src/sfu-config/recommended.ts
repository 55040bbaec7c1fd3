/** A value of a server's config: what TOML has, integers as bigint. */
export type TomlValue = string | number | bigint | boolean | Date | TomlValue[] | { [key: string]: TomlValue };

/** A table of a server's config. */
export type TomlTable = { [key: string]: TomlValue };

/** A table of an operator's settings: integers are numbers here, and null takes a recommendation back. */
export type Settings = { readonly [key: string]: unknown };

/**
 * The settings that every server is advised to have, integers as bigint, durations in milliseconds.
 * Source: docs/protocol.md, "sfu.GridConfig".
 */
export function createRecommendedSettings(options: {
  reportIntervalMs: number;
  metricsServer: string | undefined;
}): TomlTable {
  return {
    supervisor: { report_interval: BigInt(Math.round(options.reportIntervalMs)) },
    quic: { keep_alive_interval: 5_000n, idle_timeout: 30_000n, pre_send_timeout: 500n, migration: true },
    http: { timeout: 10_000n, ping_interval: 5_000n },
    metrics: {
      binding: "0.0.0.0:9000",
      idle_timeout: 3_600_000n,
      global_labels: { deployment: "public" },
      allowed: [...(options.metricsServer === undefined ? [] : [options.metricsServer]), "127.0.0.1/8", "::1/128"],
    },
    limit: { peer: { incoming_messages: { rate: 10n, capacity: 50n, overflow: 20n } } },
  };
}

/** The recommended settings with the operator's own over them: tables are merged, other values replaced, null takes away. */
export function overrideSettings(recommended: TomlTable, settings: Settings): TomlTable {
  const result: TomlTable = { ...recommended };
  for (const [key, value] of Object.entries(settings)) {
    const before = result[key];
    if (value === null) delete result[key];
    else if (isTable(value)) result[key] = overrideSettings(isTable(before) ? before : {}, value);
    else result[key] = toTomlValue(value, key);
  }
  return result;
}

/** Says whether a value is a table: an object that is neither a list nor a date. */
export function isTable(value: unknown): value is TomlTable {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** A setting as TOML has it; throws a TypeError for what TOML has not. */
function toTomlValue(value: unknown, key: string): TomlValue {
  if (Array.isArray(value)) return value.map((element) => toTomlValue(element, key));
  if (isTable(value)) return overrideSettings({}, value);
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  if (
    typeof value === "string" ||
    typeof value === "number" ||
    typeof value === "bigint" ||
    typeof value === "boolean" ||
    value instanceof Date
  )
    return value;
  throw new TypeError(`${key}: TOML has no ${value === null ? "null" : typeof value}`);
}
