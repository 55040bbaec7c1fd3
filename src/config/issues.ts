import type * as v from "valibot";
import type { ConfigIssue } from "../errors.ts";

/** Parts of the config whose values never appear in a message. */
const SECRET_PATH = /masterKey|users|password|\.key$|accessKeys|^state\.redis|^webhooks\[\d+\]\.(url|secret)/;

/** Longest name that a message quotes. */
const MAX_NAME = 64;
/** A longer text says no more when it is shown. */
const MAX_TEXT = 200;

/** What is wrong, where, and what was found there: one entry for each issue of a schema. */
export function toConfigIssues(issues: readonly v.BaseIssue<unknown>[], prefix = ""): ConfigIssue[] {
  return issues.map((issue) => {
    const path = toPath(issue, prefix);
    const place = issue.path?.at(-1);
    const value = place ? place.value : issue.input;
    if (issue.type === "strict_object" && issue.expected === "never") return { path, message: "is not a setting" };
    const owner = nameKeyAt(issue);
    if (value === undefined) return { path, message: `${isMissingKey(issue) ? "is missing" : issue.message}${owner}` };
    const found = SECRET_PATH.test(path) ? "something else" : describe(value);
    return { path, message: `${issue.message}, found ${found}${owner}` };
  });
}

/** The key that an issue lies in, if it lies in one. */
function nameKeyAt(issue: v.BaseIssue<unknown>): string {
  const path: readonly v.IssuePathItem[] = issue.path ?? [];
  const at = path.findIndex(({ key }) => key === "accessKeys");
  const [customer, entry] = [path[at]?.input, path[at + 1]?.value];
  return at < 0 || entry === undefined ? "" : nameKey(customer, entry);
}

/** How messages name an access key of a customer, as far as they have names: who gave it to us knows no number in a list. */
export function nameKey(customer: unknown, entry: unknown): string {
  const quote = (value: unknown) =>
    typeof value === "string" || typeof value === "number"
      ? JSON.stringify(value).slice(0, MAX_NAME)
      : "without a name";
  return ` (key ${quote(lookUp(lookUp(entry, "publicKey"), "kid"))} of customer ${quote(lookUp(customer, "id"))})`;
}

function lookUp(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined;
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
