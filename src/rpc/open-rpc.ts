import { toJsonSchema } from "@valibot/to-json-schema";
import { DESCRIPTIONS, type Description } from "./descriptions.ts";
import type { Method, ParamsSchema } from "./method.ts";
import { bytes } from "./schemas.ts";

/** A JSON Schema of draft 7. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A description of an API that tools understand. Source: OpenRPC Specification 1.3.2. */
export interface OpenRpcDocument {
  readonly openrpc: "1.3.2";
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly methods: readonly OpenRpcMethod[];
}

/** A method of such a document. */
export interface OpenRpcMethod {
  readonly name: string;
  readonly summary: string;
  readonly paramStructure: "by-name";
  readonly params: readonly OpenRpcParam[];
  readonly result: { readonly name: string; readonly schema: JsonSchema };
  readonly examples: readonly OpenRpcExample[];
}

/** A parameter of such a method. */
export interface OpenRpcParam {
  readonly name: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
}

/** A call and its result. */
export interface OpenRpcExample {
  readonly name: string;
  readonly params: readonly { readonly name: string; readonly value: unknown }[];
  readonly result: { readonly name: string; readonly value: unknown };
}

const OPENRPC_VERSION = "1.3.2";
const RESULT_NAME = "result";

/** Describes methods from the schemas that check their parameters; throws for a method that nobody has described. */
export function createOpenRpcDocument<C>(
  methods: readonly Method<C>[],
  info: OpenRpcDocument["info"],
): OpenRpcDocument {
  return { openrpc: OPENRPC_VERSION, info, methods: methods.map(({ name, params }) => toMethod(name, params)) };
}

function toMethod(name: string, params: ParamsSchema): OpenRpcMethod {
  const description = DESCRIPTIONS[name];
  const described = toParams(params);
  if (!description) throw new TypeError(`nobody has described ${name}`);
  return {
    name,
    summary: description.summary,
    paramStructure: "by-name",
    params: described,
    result: { name: RESULT_NAME, schema: description.result },
    examples: [toExample(name, description, described)],
  };
}

function toParams(params: ParamsSchema): OpenRpcParam[] {
  const { properties = {}, required = [] } = toJsonSchema(params, {
    // What JSON Schema cannot say (well-formed UTF-8, an address) is checked all the same, and the error says it.
    errorMode: "ignore",
    typeMode: "input",
    overrideSchema: ({ valibotSchema }) => (isBytes(valibotSchema) ? BYTES : undefined),
  });
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    required: required.includes(name),
    schema: schema as JsonSchema,
  }));
}

/** A list of whose elements the schema says nothing: the loop that checks bytes does. */
function isBytes(schema: object): boolean {
  return "item" in schema && schema.item === bytes.pipe[0].item;
}

const BYTES = { type: "array" as const, items: { type: "integer" as const, minimum: 0, maximum: 255 } };

/** Where an operator has to say whose room it is, as no token does, the example does too. */
function toExample(name: string, { example }: Description, params: readonly OpenRpcParam[]): OpenRpcExample {
  const isOwnerAsked = params.some((param) => param.name === "namespace" && param.required);
  const given = { ...(isOwnerAsked && { namespace: "my-game" }), ...example.params };
  return {
    name,
    params: Object.entries(given).map(([param, value]) => ({ name: param, value })),
    result: { name: RESULT_NAME, value: example.result },
  };
}
