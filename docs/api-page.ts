/** Writes docs/api.md from the schemas that check the parameters: `bun run docs:api`. */
import packageJson from "../package.json" with { type: "json" };
import { createInternalApi } from "../src/rpc/internal-api.ts";
import type { Api } from "../src/rpc/method.ts";
import {
  createOpenRpcDocument,
  type JsonSchema,
  type OpenRpcDocument,
  type OpenRpcMethod,
} from "../src/rpc/open-rpc.ts";
import { createPublicApi } from "../src/rpc/public-api.ts";
import { describeSchema } from "./schema-text.ts";

const PATH = `${import.meta.dir}/api.md`;

/** The document of an API, as `rpc.discover` gives it. */
export function toDocument<C>({ methods }: Api<C>): OpenRpcDocument {
  const described = [...methods.values()].filter(({ name }) => name !== "rpc.discover");
  return createOpenRpcDocument(described, { title: "", version: packageJson.version, description: "" });
}

/** Text of docs/api.md. */
export function toApiPage(): string {
  const { version } = packageJson;
  return `# API

Made from the schemas that check the parameters, by \`bun run docs:api\`; the same is to be had from a gateway as an
[OpenRPC](https://spec.open-rpc.org) document, with \`rpc.discover\` on either endpoint. How requests, credentials and errors
work: [protocol](protocol.md).

## For clients and backends: \`POST /\`

${toSection(toDocument(createPublicApi(version)))}
## For servers and operators: \`POST /internal\`

${toSection(toDocument(createInternalApi(version)))}`;
}

function toSection({ methods }: OpenRpcDocument): string {
  return methods.map(toMethodText).join("\n");
}

function toMethodText({ name, summary, params, examples }: OpenRpcMethod): string {
  const rows = params.map(
    (param) => `| \`${param.name}\` | ${param.required ? "yes" : "no"} | ${describe(param.schema)} |\n`,
  );
  const table = rows.length === 0 ? "No parameters.\n" : `| parameter | required | |\n|---|---|---|\n${rows.join("")}`;
  const [example] = examples;
  const given = Object.fromEntries((example?.params ?? []).map((param) => [param.name, param.value]));
  const call = JSON.stringify({ jsonrpc: "2.0", id: 1, method: name, params: given });
  const answer = JSON.stringify({ jsonrpc: "2.0", id: 1, result: example?.result.value });
  return `### ${name}\n\n${summary}\n\n${table}\n\`\`\`json\n${call}\n${answer}\n\`\`\`\n`;
}

/** A parameter's schema in words. */
function describe(schema: JsonSchema): string {
  const { default: standard } = schema;
  const kind = describeSchema(schema);
  return standard === undefined ? kind : `${kind}, ${JSON.stringify(standard)} if absent`;
}

if (import.meta.main) await Bun.write(PATH, toApiPage());
