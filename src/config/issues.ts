import type * as v from "valibot";
import type { ConfigIssue } from "../errors.ts";

/** Parts of the config whose values never appear in a message. */
const SECRET_PATH = /masterKey|users|password|\.key$|accessKeys|^state\.redis|^webhooks\[\d+\]\.(url|secret)/;

/** A longer text says no more when it is shown. */
const MAX_TEXT = 200;

/** What is wrong, where, and what was found there: one entry for each issue of a schema. */
export function toConfigIssues(issues: readonly v.BaseIssue<unknown>[], prefix = ""): ConfigIssue[] {
  return issues.map((issue) => {
    const path = toPath(issue, prefix);
    const place = issue.path?.at(-1);
    const value = place ? place.value : issue.input;
    if (issue.type === "strict_object" && issue.expected === "never") return { path, message: "is not a setting" };
    if (value === undefined) return { path, message: isMissingKey(issue) ? "is missing" : issue.message };
    return { path, message: `${issue.message}, found ${SECRET_PATH.test(path) ? "something else" : describe(value)}` };
  });
}

function isMissingKey({ type }: v.BaseIssue<unknown>): boolean {
  return type === "strict_object" || type === "object";
}

/** A value as an error message shows it. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value === "string" && value.length > MAX_TEXT) return `a text of ${value.length} characters`;
  return typeof value === "function" ? "a function" : (JSON.stringify(value) ?? String(value));
}

/** Path in the notation of the config: `customers[2].accessKeys[0].publicKey.x`. */
function toPath(issue: v.BaseIssue<unknown>, prefix: string): string {
  const keys = issue.path?.map(({ key }) => key) ?? [];
  return keys.reduce<string>(
    (path, key) => (typeof key === "number" ? `${path}[${key}]` : path === "" ? String(key) : `${path}.${String(key)}`),
    prefix,
  );
}
