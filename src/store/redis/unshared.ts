import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";

/** Customers about whom this gateway knows what the shared state does not: it acted alone for them. */
export interface Unshared {
  readonly has: (customer: string) => boolean;
  readonly add: (customer: string) => void;
  /** Number of the last `add` for the customer, of all that there were; 0 if there is nothing to tell. */
  readonly stamp: (customer: string) => number;
  /** Number of the last `add` of all. */
  readonly lastStamp: () => number;
  /** Forgets the customer, unless there was more to tell after that stamp. */
  readonly delete: (customer: string, stamp: number) => void;
  readonly all: () => readonly string[];
}

/**
 * Creates the set, which outlives a restart where a file is given: what a restart finds kept of them is worth telling. A line is
 * written for each; one too many does no harm, so the file goes only when there are none.
 */
export function createUnshared(file: string | undefined): Unshared {
  let stamps = 1;
  const customers = new Map((file === undefined ? [] : read(file)).map((customer) => [customer, stamps]));
  return {
    has: (customer) => customers.has(customer),
    add(customer) {
      const isNew = !customers.has(customer);
      customers.set(customer, ++stamps);
      if (isNew && file !== undefined) tryTo(() => appendFileSync(file, `${JSON.stringify(customer)}\n`));
    },
    stamp: (customer) => customers.get(customer) ?? 0,
    lastStamp: () => stamps,
    delete(customer, stamp) {
      if (customers.get(customer) !== stamp) return;
      customers.delete(customer);
      if (customers.size === 0 && file !== undefined) tryTo(() => rmSync(file, { force: true }));
    },
    all: () => [...customers.keys()],
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
