import { parse, stringify, TomlError } from "smol-toml";
import { RpcError } from "../errors.ts";
import { keepValues } from "./exact-values.ts";
import { isTable, type TomlTable, type TomlValue } from "./recommended.ts";

/** What a gateway has to know of a server's config after it was extended. */
export interface ExtendedConfig {
  /** The server's TOML, extended. */
  readonly toml: string;
  /** The interval in milliseconds at which the server will report; absent if the config does not say. */
  readonly reportIntervalMs: number | undefined;
  readonly capacity: {
    readonly maxClients: number | undefined;
    readonly maxRooms: number | undefined;
    readonly maxPeers: number | undefined;
  };
  readonly tags: readonly string[];
}

/** A server's key as it goes into its config. */
export interface ServerJwk {
  readonly kid: string;
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly d: string;
}

/** Longest config that is taken, in characters: longer ones would hold everybody else up. */
const MAX_TOML_LENGTH = 262_144;

/** Most tags of a server, and bytes of each: every one is looked at whenever a customer asks for some. */
const MAX_TAGS = 64;
const MAX_TAG_BYTES = 255;

/**
 * Extends a server's own config: what it sets stays, tables are merged, lists get the recommended values they lack, and
 * missing keys the recommended ones. The server's keys go to the end of `[[authorization.keys]]`. Nothing is recommended
 * under `supervisor` to a server that has `[provisioning]` instead. Throws `invalidParams` that names line and column.
 */
export function extendConfig(toml: string, recommended: TomlTable, serverKeys: readonly ServerJwk[]): ExtendedConfig {
  if (toml.length > MAX_TOML_LENGTH) throw invalidConfig(`is longer than ${MAX_TOML_LENGTH} characters`);
  if (!toml.isWellFormed()) throw invalidConfig("has half of a surrogate pair, which UTF-8 cannot have");
  const own = parseToml(toml);
  const { supervisor, ...rest } = recommended;
  const isProvisioned = own.supervisor === undefined && own.provisioning !== undefined;
  const merged = mergeTables(own, isProvisioned || supervisor === undefined ? rest : recommended);
  addKeys(merged, serverKeys);
  return {
    toml: writeToml(merged),
    reportIntervalMs: toPositive(lookUp(merged, "supervisor", "report_interval")),
    capacity: {
      maxClients: toLimit(lookUp(merged, "limit", "max_clients")),
      maxRooms: toLimit(lookUp(merged, "limit", "max_rooms")),
      maxPeers: toLimit(lookUp(merged, "limit", "max_peers")),
    },
    tags: toTags(lookUp(merged, "database", "report", "tags")),
  };
}

function parseToml(toml: string): TomlTable {
  try {
    return keepValues(parse(toml, { integersAsBigInt: true }) as TomlTable, toml);
  } catch (cause) {
    // The parser goes as deep as the stack lets it.
    if (cause instanceof RangeError) throw invalidConfig("has tables that are nested too deeply", cause);
    if (!(cause instanceof TomlError))
      throw invalidConfig(cause instanceof Error ? cause.message : String(cause), cause);
    const [reason = ""] = cause.message.replace("Invalid TOML document: ", "").split("\n");
    throw invalidConfig(`line ${cause.line}, column ${cause.column}: ${reason}`, cause);
  }
}

/** What can be read can be written, but for tables in tables beyond the depth that the writer dares. */
function writeToml(config: TomlTable): string {
  try {
    return stringify(config, { numbersAsFloat: true });
  } catch (cause) {
    throw invalidConfig(`cannot be extended: ${cause instanceof Error ? cause.message : cause}`, cause);
  }
}

function mergeTables(own: TomlTable, recommended: TomlTable): TomlTable {
  const result: TomlTable = { ...own };
  for (const [key, advised] of Object.entries(recommended)) {
    const value = Object.hasOwn(result, key) ? result[key] : undefined;
    if (value === undefined) result[key] = advised;
    else if (isTable(value) && isTable(advised)) result[key] = mergeTables(value, advised);
    else if (Array.isArray(value) && Array.isArray(advised))
      result[key] = [...value, ...advised.filter((element) => !value.includes(element))];
  }
  return result;
}

function addKeys(config: TomlTable, serverKeys: readonly ServerJwk[]): void {
  const authorization = config.authorization ?? {};
  if (!isTable(authorization)) throw invalidConfig("authorization must be a table: the server's key goes there");
  const keys = authorization.keys ?? [];
  if (!Array.isArray(keys))
    throw invalidConfig("authorization.keys must be an array of tables: the server's key goes there");
  const kids = new Set<TomlValue | undefined>(serverKeys.map(({ kid }) => kid));
  const others = keys.filter((entry) => !(isTable(entry) && kids.has(entry.kid)));
  config.authorization = { ...authorization, keys: [...others, ...serverKeys.map((key) => ({ ...key }))] };
}

function lookUp(table: TomlTable, ...path: string[]): TomlValue | undefined {
  let value: TomlValue | undefined = table;
  for (const key of path) value = isTable(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value;
}

function toPositive(value: TomlValue | undefined): number | undefined {
  const number = typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && number > 0 && number < Number.POSITIVE_INFINITY ? number : undefined;
}

/** A share of less than one whole client or room would be beyond all numbers. */
function toLimit(value: TomlValue | undefined): number | undefined {
  const number = toPositive(value);
  return number === undefined || number < 1 ? undefined : number;
}

function toTags(value: TomlValue | undefined): string[] {
  const tags = Array.isArray(value) ? value.filter((element) => typeof element === "string") : [];
  if (tags.length > MAX_TAGS || tags.some((tag) => Buffer.byteLength(tag) > MAX_TAG_BYTES))
    throw invalidConfig(`database.report.tags must be at most ${MAX_TAGS} tags of at most ${MAX_TAG_BYTES} bytes`);
  return tags;
}

function invalidConfig(reason: string, cause?: unknown): RpcError {
  const message = `invalid params: config ${reason}`;
  return new RpcError("invalidParams", { message, data: { issues: [{ path: "config", message: reason }] }, cause });
}
