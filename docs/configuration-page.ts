/** Writes docs/configuration.md from the schema of the config: `bun run docs:configuration`. */
import { toJsonSchema } from "@valibot/to-json-schema";
import { configSchema } from "../src/config/schema.ts";
import type { JsonSchema } from "../src/rpc/open-rpc.ts";
import { describeSchema } from "./schema-text.ts";

const PATH = `${import.meta.dir}/configuration.md`;
const SECRET = "text, or `{ env }`, `{ file }` or `{ credential }` that has it";

/** What JSON Schema cannot say: settings that may have several shapes, and functions. */
const SHAPES: Readonly<Record<string, string>> = {
  "https.key": SECRET,
  masterKey: `${SECRET}; or a list of them, newest first`,
  "internal.users": `by name: a password (${SECRET}), or \`{ password, role, endpoints, tags }\``,
  unknownCustomers: '`"forbidden"`, or `{ maxPeers, maxRooms }`',
  "customerApi.updateFunction": "function that returns a promise of customers",
  "customers[].accessKeys[].publicKey.kid": "string, or an integer that stands for its digits",
  gridConfig: "object of TOML tables",
};

/** Text of docs/configuration.md. */
export function toConfigurationPage(): string {
  const schema = toJsonSchema(configSchema, { errorMode: "ignore", typeMode: "input" });
  const rows = toRows("", schema as JsonSchema).map(
    ([path, kind, standard]) => `| \`${path}\` | ${kind} | ${standard} |\n`,
  );
  return `# Configuration

Every setting, what it may be and what it is without being set. Made from the schema that checks the config, by
\`bun run docs:configuration\`; what each one means, in words: [README](../README.md#all-settings). \`odin-gateway check\` says
what is in effect, and names every fault with its path, as it stands here.

| setting | value | default |
|---|---|---|
${rows.join("")}`;
}

type Row = readonly [path: string, kind: string, standard: string];

function toRows(path: string, schema: JsonSchema): Row[] {
  const { properties, items, default: standard } = schema;
  const shape = SHAPES[path];
  const row: Row = [
    path,
    shape ?? describeSchema(schema),
    standard === undefined ? "" : `\`${JSON.stringify(standard)}\``,
  ];
  if (shape !== undefined) return [row];
  if (isSchema(items) && isSchema(items.properties)) return toPropertyRows(`${path}[]`, items.properties);
  return isSchema(properties) ? toPropertyRows(path, properties) : [row];
}

function toPropertyRows(path: string, properties: JsonSchema): Row[] {
  return Object.entries(properties).flatMap(([name, property]) =>
    isSchema(property) ? toRows(path === "" ? name : `${path}.${name}`, property) : [],
  );
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

if (import.meta.main) await Bun.write(PATH, toConfigurationPage());
