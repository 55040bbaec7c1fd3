import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

/** Customers about whom this gateway knows what the shared state does not: it acted alone for them. */
export interface Unshared {
  readonly has: (customer: string) => boolean;
  readonly add: (customer: string) => void;
  readonly delete: (customer: string) => void;
  readonly all: () => readonly string[];
}

/** Creates the set, which outlives a restart where a file is given: what a restart finds kept of them is worth telling. */
export function createUnshared(file: string | undefined): Unshared {
  const customers = new Set(file === undefined ? [] : read(file));

  function write(): void {
    if (file === undefined) return;
    try {
      writeFileSync(`${file}.new`, JSON.stringify([...customers]), { flush: true });
      renameSync(`${file}.new`, file);
    } catch {
      // On a disk that takes nothing, backends are told that their calls are not kept; clients are admitted all the same.
    }
  }

  return {
    has: (customer) => customers.has(customer),
    add(customer) {
      if (customers.has(customer)) return;
      customers.add(customer);
      write();
    },
    delete(customer) {
      if (customers.delete(customer)) write();
    },
    all: () => [...customers],
  };
}

function read(file: string): string[] {
  try {
    return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
  } catch {
    // It was written by nobody of us: what is kept of these customers is as old as anything else that was kept.
    return [];
  }
}
