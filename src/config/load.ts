import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import * as v from "valibot";
import { ConfigError } from "../errors.ts";
import { parseCustomersFile } from "./customers.ts";
import type { CustomerConfig } from "./customers-schema.ts";
import { type ConfigFlags, withFlags } from "./flags.ts";
import { toConfigIssues } from "./issues.ts";
import { findMasterKey, findOrCreateMasterKey, parseMasterKey, toMasterKeyFile } from "./master-key.ts";
import type { ModuleLoader } from "./module-loader.ts";
import type { OnRead } from "./read-files.ts";
import { configSchema, type ParsedConfig } from "./schema.ts";
import { createReferenceReader, type ReferenceReader } from "./secrets.ts";
import { readSharedState, type SharedState } from "./state.ts";
import { readWebhooks, type Webhook } from "./webhooks.ts";

/** A user of `/internal`, password in plain text. */
export interface InternalUser {
  readonly password: string;
  readonly role: "server" | "operator";
  readonly endpoints?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** Where to listen, with TLS if there is a pair. */
export interface ListenAddress {
  readonly hostname: string;
  readonly port: number;
  readonly tls: { cert: string; key: string } | undefined;
}

/** A config with everything read that it refers to. */
export interface ResolvedConfig
  extends Omit<ParsedConfig, "customers" | "internal" | "masterKey" | "state" | "stateDir" | "webhooks"> {
  /** Where it came from. */
  readonly source: string;
  /** Changes when anything in its module does; empty for a config without one. */
  readonly digest: string;
  /** Customers of the config or the customers file; absent if `customerApi` is to fetch them. */
  readonly customers: readonly CustomerConfig[] | undefined;
  readonly internal: Omit<ParsedConfig["internal"], "users"> & { readonly users: ReadonlyMap<string, InternalUser> };
  readonly webhooks: readonly Webhook[];
  readonly stateDir: string;
  /** Absent if the fleet is in this process alone. */
  readonly state: SharedState | undefined;
  /** The configured master keys, newest first; none if the generated one of `stateDir` is to be used. */
  readonly masterKeys: readonly Uint8Array[];
  /** What to listen on. */
  readonly listen: ListenAddress;
  /** What to listen on for servers and operators; absent if that is `listen` too. */
  readonly internalListen: ListenAddress | undefined;
}

/** Everything that a config is made of besides its file. */
export interface LoadOptions {
  readonly flags: ConfigFlags;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly loader: ModuleLoader;
  /** Told of every file that a config consists of, also where it turns out to be bad. */
  readonly onRead?: OnRead | undefined;
}

/** Loads a config module and everything it refers to; throws a ConfigError with all that is wrong at once. */
export async function loadConfig(path: string, { flags, env, loader, onRead }: LoadOptions): Promise<ResolvedConfig> {
  if (!existsSync(path)) throw new ConfigError(path, [{ path: "", message: "there is no such file" }]);
  const { config, digest } = await loader.load(path, onRead);
  return { ...resolveConfig(config, { source: path, flags, env, onRead }), digest };
}

/** Makes a usable config of a module's default export; relative paths are relative to the folder of `source`. */
export function resolveConfig(
  value: unknown,
  { source, flags, env, onRead }: Omit<LoadOptions, "loader"> & { source: string },
): ResolvedConfig {
  const parsed = readGuarded(source, () => v.safeParse(configSchema, withFlags(value, flags)));
  if (!parsed.success) throw new ConfigError(source, toConfigIssues(parsed.issues));
  if (Array.isArray(value))
    throw new ConfigError(source, [{ path: "", message: "must be an object: export default {…}" }]);
  const config = parsed.output;
  const folder = dirname(source);
  const read = createReferenceReader(folder, env, onRead);
  const users = readUsers(config, read);
  const tls = config.useSsl ? readTls(config, read) : undefined;
  const internalListen = readInternalListen(config, read, tls);
  const masterKeys = readMasterKeys(config, read, { source, allowSample: flags.insecureSampleKey === true });
  const webhooks = readWebhooks(config, read, source);
  const state = readSharedState(config, read, source);
  const customers = read.parsed(() => readCustomers(config, read, folder));
  if (read.issues.length > 0) throw new ConfigError(source, read.issues);

  const { hostname, port } = config.useSsl ? config.https : config.http;
  const { masterKey: _, ...settings } = config;
  return {
    ...settings,
    source,
    digest: "",
    customers,
    internal: { ...config.internal, users },
    webhooks,
    stateDir: resolve(folder, config.stateDir ?? toStateDirectory(env) ?? ".odin-gateway"),
    state,
    masterKeys,
    listen: { hostname, port, tls },
    internalListen,
  };
}

/**
 * The master keys in force, newest first: the configured ones and after them the generated one of the state folder, if
 * there is one, as servers may still hold what follows from it; only that one, made now if need be, where none is
 * configured.
 */
export function resolveMasterKeys({ masterKeys, stateDir }: MasterKeySource): readonly Uint8Array[] {
  if (masterKeys.length === 0) return [findOrCreateMasterKey(stateDir)];
  const generated = findMasterKey(stateDir);
  return generated === undefined ? masterKeys : [...masterKeys, generated];
}

/** Where the master keys in force come from, in words. */
export function describeMasterKeys({ masterKeys, stateDir }: MasterKeySource): string {
  const file = toMasterKeyFile(stateDir);
  const isGenerated = existsSync(file);
  if (masterKeys.length === 0)
    return isGenerated ? `generated, in ${file}` : `to be generated at first start, in ${file}`;
  const configured =
    masterKeys.length === 1 ? "configured" : `${masterKeys.length} configured, the first one is the newest`;
  return isGenerated ? `${configured}; the generated one in ${file} counts too, as the oldest` : configured;
}

type MasterKeySource = Pick<ResolvedConfig, "masterKeys" | "stateDir">;

function readMasterKeys(
  { masterKey = [] }: ParsedConfig,
  read: ReferenceReader,
  options: { source: string; allowSample: boolean },
): readonly Uint8Array[] {
  const secrets = Array.isArray(masterKey) ? masterKey : [masterKey];
  return secrets.flatMap((secret, index) => {
    const path = Array.isArray(masterKey) ? `masterKey[${index}]` : "masterKey";
    const text = read.secret(path, secret);
    return text === "" ? [] : (read.parsed(() => parseMasterKey(text, { ...options, path })) ?? []);
  });
}

/** The customers of the config or the customers file; undefined if they are to be fetched. */
function readCustomers(
  config: ParsedConfig,
  read: ReferenceReader,
  folder: string,
): readonly CustomerConfig[] | undefined {
  const { customers, customersFile, customerApi, allowEmptyCustomers } = config;
  if (customersFile === undefined) return customers ?? (customerApi ? undefined : []);
  const text = read.file("customersFile", customersFile);
  return text === undefined ? [] : parseCustomersFile(text, resolve(folder, customersFile), allowEmptyCustomers);
}

/** What a config does when it is looked at is its own, as much as what it says. */
function readGuarded<T>(source: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    throw new ConfigError(source, [
      { path: "", message: `threw when it was read: ${error instanceof Error ? error.message : error}` },
    ]);
  }
}

/** The folder that systemd gives; several stand with colons in between. */
function toStateDirectory({ STATE_DIRECTORY = "" }: LoadOptions["env"]): string | undefined {
  const [first] = STATE_DIRECTORY.split(":");
  return first === "" ? undefined : first;
}

function readUsers({ internal }: ParsedConfig, read: ReferenceReader): ReadonlyMap<string, InternalUser> {
  const users = new Map<string, InternalUser>();
  for (const [name, user] of Object.entries(internal.users)) {
    const path = `internal.users.${name}`;
    if (typeof user === "object" && "password" in user) {
      users.set(name, { ...user, password: read.secret(`${path}.password`, user.password) });
    } else {
      users.set(name, { password: read.secret(path, user), role: "server" });
    }
  }
  return users;
}

/** A pair of its own counts before the public one's. */
function readInternalListen(
  { internal: { listen } }: ParsedConfig,
  read: ReferenceReader,
  publicTls: ListenAddress["tls"],
): ListenAddress | undefined {
  if (!listen) return undefined;
  const { hostname, port, certFile, keyFile } = listen;
  if (certFile === undefined || keyFile === undefined) return { hostname, port, tls: publicTls };
  const cert = read.file("internal.listen.certFile", certFile) ?? "";
  const key = read.file("internal.listen.keyFile", keyFile) ?? "";
  return { hostname, port, tls: { cert, key } };
}

function readTls({ https }: ParsedConfig, read: ReferenceReader): { cert: string; key: string } {
  return {
    cert: https.certFile === undefined ? (https.cert ?? "") : (read.file("https.certFile", https.certFile) ?? ""),
    key:
      https.keyFile === undefined
        ? read.secret("https.key", https.key ?? "")
        : (read.file("https.keyFile", https.keyFile) ?? ""),
  };
}
