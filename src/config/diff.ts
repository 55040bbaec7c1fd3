import { createHash } from "node:crypto";
import type { ResolvedConfig } from "./load.ts";
import { toShownUrl } from "./webhooks.ts";

/** What a new config changes. */
export interface ConfigChanges {
  /** One line for each setting, secrets masked: `logLevel: "INFO" → "DEBUG"`. */
  readonly changed: readonly string[];
  /** Settings among them that count only after a restart. */
  readonly needsRestart: readonly string[];
}

/** Settings that cannot change while the process runs. */
const NEEDS_RESTART = /^(stateDir|workers|(metrics|state)(\.\w+)?)$/;
const SECRET =
  /^(masterKey|state\.redis|internal\.users\..*\.password|https\.key|(internal\.listen\.)?tls\.key|webhooks\[\d+\]\.secret)$/;
const WEBHOOK_URL = /^webhooks\[\d+\]\.url$/;
const NOTHING = "nothing";
const FUNCTION = "function of ";

/** Compares two configs setting by setting. */
export function compareConfigs(before: ResolvedConfig, after: ResolvedConfig): ConfigChanges {
  const [old, now] = [flatten(before), flatten(after)];
  const paths = [...new Set([...old.keys(), ...now.keys()])].filter((path) => old.get(path) !== now.get(path)).sort();
  return {
    changed: paths.map((path) => `${path}: ${show(path, old.get(path))} → ${show(path, now.get(path))}`),
    needsRestart: paths.filter((path) => NEEDS_RESTART.test(path)),
  };
}

function show(path: string, value: string | undefined): string {
  if (value === undefined || value === String(undefined)) return NOTHING;
  if (value.startsWith(FUNCTION)) return "a function";
  if (WEBHOOK_URL.test(path)) return `"${toShownUrl(JSON.parse(value))}"`;
  return SECRET.test(path) ? "***" : value;
}

/** Every setting by its path, as text. Where a config came from, and what only repeats settings, is left out. */
function flatten({
  source: _source,
  digest,
  listen,
  internalListen,
  masterKeys,
  state,
  ...config
}: ResolvedConfig): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  const shared = Object.entries(state ?? {}).filter(([, value]) => value !== undefined);
  visit(
    "",
    {
      ...config,
      internal: {
        ...config.internal,
        ...(internalListen && { listen: { ...config.internal.listen, tls: internalListen.tls } }),
      },
      state: Object.fromEntries(shared),
      tls: listen.tls,
      masterKey: Buffer.concat(masterKeys),
    },
    settings,
  );
  // What a function does hangs on the whole module, and its text may hold secrets.
  if (config.customerApi) settings.set("customerApi.updateFunction", FUNCTION + digest);
  return settings;
}

function visit(path: string, value: unknown, settings: Map<string, string>): void {
  const below = (key: string) => (path === "" ? key : `${path}.${key}`);
  if (value instanceof Map) visit(path, Object.fromEntries(value), settings);
  else if (value instanceof Uint8Array) settings.set(path, createHash("sha256").update(value).digest("hex"));
  else if (Array.isArray(value)) {
    // Customers and their keys go by their ids, so that one more in front does not change all of them.
    for (const [index, element] of value.entries()) visit(`${path}[${toKey(path, element, index)}]`, element, settings);
  } else if (value instanceof Date) settings.set(path, value.toISOString());
  else if (typeof value === "object" && value !== null) {
    for (const [key, element] of Object.entries(value)) visit(below(key), element, settings);
  } else settings.set(path, typeof value === "string" ? JSON.stringify(value) : String(value));
}

function toKey(
  path: string,
  element: { id?: string; publicKey?: { kid: string } } | undefined,
  index: number,
): string | number {
  return path.startsWith("customers") ? (element?.id ?? element?.publicKey?.kid ?? index) : index;
}
