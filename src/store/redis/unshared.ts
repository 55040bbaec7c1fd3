import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";

/** Customers about whom this gateway knows what the shared state does not: it acted alone for them. */
export interface Unshared {
  readonly has: (customer: string) => boolean;
  readonly add: (customer: string) => void;
  readonly delete: (customer: string) => void;
  readonly all: () => readonly string[];
}

/**
 * Creates the set, which outlives a restart where a file is given: what a restart finds kept of them is worth telling. A line is
 * written for each; one too many does no harm, so the file goes only when there are none.
 */
export function createUnshared(file: string | undefined): Unshared {
  const customers = new Set(file === undefined ? [] : read(file));
  return {
    has: (customer) => customers.has(customer),
    add(customer) {
      if (customers.has(customer)) return;
      customers.add(customer);
      if (file !== undefined) tryTo(() => appendFileSync(file, `${JSON.stringify(customer)}\n`));
    },
    delete(customer) {
      if (!customers.delete(customer) || customers.size > 0 || file === undefined) return;
      tryTo(() => rmSync(file, { force: true }));
    },
    all: () => [...customers],
  };
}

/** On a disk that takes nothing, backends are told that their calls are not kept; clients are admitted all the same. */
function tryTo(write: () => void): void {
  try {
    write();
  } catch {}
}

function read(file: string): string[] {
  try {
    return existsSync(file) ? readFileSync(file, "utf8").split("\n").flatMap(toCustomer) : [];
  } catch {
    return [];
  }
}

/** A line that was cut off says nothing: the process ended before it answered whoever asked. */
function toCustomer(line: string): string[] {
  try {
    const customer: unknown = JSON.parse(line);
    return typeof customer === "string" ? [customer] : [];
  } catch {
    return [];
  }
}
