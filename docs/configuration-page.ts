/** Writes docs/configuration.md from the schema of the config: `bun run docs:configuration`. */
import { toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import { rateLimitSettings } from "../src/config/rate-limits-schema.ts";
import { configSchema } from "../src/config/schema.ts";
import { demoLimits, internalAccount } from "../src/config/sections.ts";
import type { JsonSchema } from "../src/rpc/open-rpc.ts";
import { SECTIONS } from "./configuration-sections.ts";
import { describeSchema } from "./schema-text.ts";

const PATH = `${import.meta.dir}/configuration.md`;
const SECRET = "a secret";

/** What JSON Schema cannot say: settings that may have several shapes, and functions. */
const SHAPES: Readonly<Record<string, string>> = {
  "https.key": SECRET,
  masterKey: `${SECRET}, or a list of them, newest first`,
  "state.redis": SECRET,
  "internal.users": `by name: ${SECRET}, or an object`,
  "internal.users.<name>.password": SECRET,
  "webhooks[].secret": SECRET,
  "webhooks[].events": '`"*"`, or a list of events',
  unknownCustomers: '`"forbidden"`, or an object',
  rateLimits: '`"generous"`, `"strict"`, or an object',
  "customerApi.updateFunction": "function that returns a promise of customers",
  "customers[].accessKeys[].publicKey.kid": "string, or an integer that stands for its digits",
  "customers[].accessKeys[].publicKey.d": "must not be there",
  gridConfig: "object of TOML tables",
};

/** Objects that stand where something simpler may stand as well, by the path of their settings. */
const OBJECTS: Readonly<Record<string, { path: string; schema: GenericSchema }>> = {
  "internal.users": { path: "internal.users.<name>", schema: internalAccount },
  unknownCustomers: { path: "unknownCustomers", schema: demoLimits },
  rateLimits: { path: "rateLimits", schema: rateLimitSettings },
};

/** Defaults that depend on something else. */
const COMPUTED: Readonly<Record<string, string>> = {
  "sfuConfig.disableTimeout": "1.5 × `sfuConfig.updateInterval`, at least `7.5`",
  reservationTimeout: "2 × `sfuConfig.updateInterval` + 5, at least `15`",
  stateDir: "`$STATE_DIRECTORY`, which systemd sets, else `.odin-gateway`",
  masterKey: "made by the first start, and kept in `stateDir`",
  "metrics.port": "no such listener",
  "state.redis": "the fleet is in this process alone",
  "sfuPools.available": "one fleet, without a path of its own",
};

/** A setting as the page shows it. */
export interface Setting {
  readonly path: string;
  readonly kind: string;
  /** What it is without being set; empty if it is nothing then, or has to be set. */
  readonly standard: string;
  readonly meaning: string;
}

/** Every setting that has a value of its own, in the schema's order. */
export function listSettings(): Setting[] {
  return toSettings("", toInputSchema(configSchema));
}

/** Text of docs/configuration.md. */
export function toConfigurationPage(): string {
  const settings = listSettings();
  return `# Configuration

Every setting: what it may be, what it is without being set, and what it means. Made from the schema that checks the config, by
\`bun run docs:configuration\`. \`odin-gateway check\` says what is in effect, and names every fault with its path, as it stands
here.

Times are in seconds. Paths are relative to the config file. A secret is a text, \`{ env: "NAME" }\`, \`{ file: "path" }\`, or
\`{ credential: "NAME" }\` for one that systemd hands over (\`LoadCredential=\`). What changes counts as soon as the file is saved,
but for \`stateDir\`, \`state\`, \`workers\` and \`metrics\`.
${SECTIONS.map(({ title, about, settings: names, example }) => {
  const rows = settings.filter(({ path }) => names.includes(path.split(/[.[]/, 1)[0] ?? "")).map(toRow);
  return `
## ${title}

${about}

| setting | value | default | meaning |
|---|---|---|---|
${rows.join("")}
\`\`\`ts
export default {
${example.replaceAll(/^/gm, "  ")}
};
\`\`\`
`;
}).join("")}`;
}

function toRow({ path, kind, standard, meaning }: Setting): string {
  return `| \`${path}\` | ${kind} | ${standard} | ${meaning} |\n`;
}

function toInputSchema(schema: GenericSchema): JsonSchema {
  return toJsonSchema(schema, { errorMode: "ignore", typeMode: "input" }) as JsonSchema;
}

function toSettings(path: string, schema: JsonSchema): Setting[] {
  const { properties, items, default: standard } = schema;
  const setting = {
    path,
    kind: SHAPES[path] ?? describeSchema(schema),
    standard: COMPUTED[path] ?? (standard === undefined ? "" : `\`${JSON.stringify(standard)}\``),
    meaning: findMeaning(schema),
  };
  const object = OBJECTS[path];
  if (object) return [setting, ...toPropertySettings(object.path, toInputSchema(object.schema).properties)];
  if (SHAPES[path] !== undefined) return [setting];
  if (isSchema(items) && items.properties !== undefined) return toPropertySettings(`${path}[]`, items.properties);
  return properties === undefined ? [setting] : toPropertySettings(path, properties);
}

function toPropertySettings(path: string, properties: unknown): Setting[] {
  return Object.entries(isSchema(properties) ? properties : {}).flatMap(([name, property]) =>
    isSchema(property) ? toSettings(path === "" ? name : `${path}.${name}`, property) : [],
  );
}

/** What a schema says that it means; of one that may be null, the other half says so. */
function findMeaning({ description, anyOf }: JsonSchema): string {
  if (typeof description === "string") return description;
  return Array.isArray(anyOf) ? anyOf.map((each) => findMeaning(each as JsonSchema)).join("") : "";
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

if (import.meta.main) await Bun.write(PATH, toConfigurationPage());
