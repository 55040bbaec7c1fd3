import type { JsonSchema } from "../src/rpc/open-rpc.ts";

/** What a value may be, in words; empty if the schema does not say. */
export function describeSchema(schema: JsonSchema): string {
  const { type, enum: values, const: only, anyOf, items } = schema;
  if (only !== undefined) return `\`${JSON.stringify(only)}\``;
  if (Array.isArray(values)) return values.map((value) => `\`${JSON.stringify(value)}\``).join(", ");
  if (Array.isArray(anyOf)) return anyOf.map((each) => describeSchema(each as JsonSchema)).join(" or ");
  if (type === "array") return `array of ${(items && describeSchema(items as JsonSchema)) || "anything"}`;
  return [String(type ?? ""), ...describeRange(schema)].join(" ").trim();
}

function describeRange({ minimum, exclusiveMinimum, maximum }: JsonSchema): string[] {
  return [
    ...(minimum === undefined ? [] : [`from ${minimum}`]),
    ...(exclusiveMinimum === undefined ? [] : [`more than ${exclusiveMinimum}`]),
    ...(maximum === undefined ? [] : [`to ${maximum}`]),
  ];
}
