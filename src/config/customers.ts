import * as v from "valibot";
import { ConfigError, type ConfigIssue } from "../errors.ts";
import { type CustomerConfig, customers, fetchedAccessKey, fetchedCustomers } from "./customers-schema.ts";
import { nameKey, toConfigIssues } from "./issues.ts";

const EMPTY_LIST: ConfigIssue = {
  path: "",
  message:
    "the list of customers is empty, which a failed export also looks like: set allowEmptyCustomers if it is meant",
};

/** Customers that were taken over, and what was left out of them. */
export interface FetchedCustomers {
  readonly customers: readonly CustomerConfig[];
  readonly warnings: readonly string[];
}

/** Reads the text of a customers file, all or nothing; throws a ConfigError in which every fault has the file in its path. */
export function parseCustomersFile(text: string, source: string, allowEmpty: boolean): readonly CustomerConfig[] {
  const refuse = (issues: readonly ConfigIssue[]) =>
    new ConfigError(
      source,
      issues.map(({ path, message }) => ({ path: path === "" ? source : `${source}: ${path}`, message })),
    );
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw refuse([{ path: "", message: `is not JSON: ${error instanceof Error ? error.message : error}` }]);
  }
  const parsed = v.safeParse(customers, value);
  if (!parsed.success) throw refuse(toConfigIssues(parsed.issues, "customers"));
  if (parsed.output.length === 0 && !allowEmpty) throw refuse([EMPTY_LIST]);
  return parsed.output;
}

/**
 * Takes what an operator's function returned: a broken key is left out with a warning, a customer left without any key, or
 * an empty list that is not allowed, makes the whole result bad and throws a ConfigError.
 */
export function parseFetchedCustomers(value: unknown, source: string, allowEmpty: boolean): FetchedCustomers {
  const parsed = v.safeParse(fetchedCustomers, value);
  if (!parsed.success) throw new ConfigError(source, toConfigIssues(parsed.issues, "customers"));
  if (parsed.output.length === 0 && !allowEmpty) throw new ConfigError(source, [EMPTY_LIST]);
  const warnings: string[] = [];
  const taken = parsed.output.map((customer, c) => {
    const accessKeys = customer.accessKeys.flatMap((entry, k) => {
      const path = `customers[${c}].accessKeys[${k}]`;
      const key = v.safeParse(fetchedAccessKey, entry);
      if (key.success) return [key.output];
      const named = nameKey(customer, entry);
      warnings.push(...toConfigIssues(key.issues, path).map((issue) => `${issue.path}: ${issue.message}${named}`));
      return [];
    });
    if (accessKeys.length === 0) {
      throw new ConfigError(source, [
        { path: `customers[${c}].accessKeys`, message: `customer "${customer.id}" is left without a key` },
      ]);
    }
    return { ...customer, accessKeys };
  });
  return { customers: taken, warnings };
}
