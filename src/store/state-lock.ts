import { Database, SQLiteError } from "bun:sqlite";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What came of asking for the lock of a state folder. */
export type StateLock =
  /** Ours until disposed, or until this process ends, however it ends. */
  | (Disposable & { readonly outcome: "held" })
  /** Another process has it: `holder` is its id, as far as it could be found out. */
  | { readonly outcome: "taken"; readonly holder: string }
  /** The folder cannot be written to, and so cannot be locked. */
  | { readonly outcome: "impossible"; readonly reason: string };

const LOCK_FILE = "lock.sqlite";
const HOLDER_FILE = "holder.pid";

/**
 * Locks a state folder: exactly one process owns it. The lock is SQLite's on a file in it, which the system takes back
 * when the process dies, so that none is ever left over.
 */
export function lockState(stateDir: string): StateLock {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    const database = lockFile(join(stateDir, LOCK_FILE));
    nameHolder(stateDir);
    return { outcome: "held", [Symbol.dispose]: () => database.close() };
  } catch (error) {
    if (error instanceof SQLiteError && error.code === "SQLITE_BUSY")
      return { outcome: "taken", holder: readHolder(stateDir) };
    return { outcome: "impossible", reason: error instanceof Error ? error.message : String(error) };
  }
}

/** A connection that holds the lock. What is no database is nobody's lock, and is replaced. */
function lockFile(file: string): Database {
  const database = new Database(file);
  try {
    // Whoever may read it could lock it too.
    chmodSync(file, 0o600);
    database.run("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    if (!(error instanceof SQLiteError && error.code === "SQLITE_NOTADB")) throw error;
    rmSync(file);
    return lockFile(file);
  }
}

/** Leaves word of who holds the lock; on a full disk it is held without. */
function nameHolder(stateDir: string): void {
  try {
    writeFileSync(join(stateDir, HOLDER_FILE), `${process.pid}\n`, { mode: 0o600 });
  } catch {
    // The lock itself needs no place.
  }
}

function readHolder(stateDir: string): string {
  try {
    return readFileSync(join(stateDir, HOLDER_FILE), "utf8").trim();
  } catch {
    return "unknown";
  }
}
