import { Database } from "bun:sqlite";
import { chmodSync } from "node:fs";
import type { SavedState } from "../fleet/saved-state.ts";
import { type StateRows, TABLES, type TableRows } from "./state-rows.ts";

/** An open database of kept state. */
export interface StateDatabase extends Disposable {
  readonly read: () => SavedState;
  /** Writes rows, all or none; when it returns they survive a loss of power. */
  readonly write: (rows: StateRows) => void;
}

/** Marks a SQLite file as ours: "ODIN" in ASCII. */
const APPLICATION_ID = 0x4f44494e;
/** Of the form of tables and values. */
const SCHEMA_VERSION = 1;

/**
 * Opens, or makes, a database of kept state; nobody else can meanwhile. Throws if it is no SQLite file, or not of this
 * gateway, or if the disk does not let it.
 */
export function openStateDatabase(file: string): StateDatabase {
  const database = new Database(file, { strict: true });
  try {
    // Exclusive: the index of the write-ahead log then needs no file, and so no place on a full disk.
    for (const pragma of ["locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL"])
      database.run(`PRAGMA ${pragma}`);
    prepareTables(database, file);
  } catch (error) {
    database.close();
    throw error;
  }
  const writeAll = database.transaction((rows: StateRows) => {
    for (const table of TABLES) {
      if (rows.isEverything) database.run(`DELETE FROM ${table}`);
      writeTable(database, table, rows[table]);
    }
  });
  return {
    read: () => ({
      servers: readTable(database, "servers"),
      groups: readTable(database, "groups"),
      bans: readTable(database, "bans"),
      tasks: readTable(database, "tasks"),
    }),
    write: (rows) => writeAll.immediate(rows),
    [Symbol.dispose]: () => database.close(),
  };
}

function prepareTables(database: Database, file: string): void {
  const readPragma = (name: string) => Object.values(database.query(`PRAGMA ${name}`).get() ?? {})[0];
  const id = readPragma("application_id");
  const version = readPragma("user_version");
  const isEmpty = database.query("SELECT 1 FROM sqlite_schema").get() === null;
  if (id === 0 && version === 0 && isEmpty) {
    chmodSync(file, 0o600);
    database.transaction(() => {
      for (const table of TABLES)
        database.run(`CREATE TABLE ${table} (key PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID`);
      database.run(`PRAGMA application_id = ${APPLICATION_ID}`);
      database.run(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    })();
    return;
  }
  if (id !== APPLICATION_ID) throw new Error("it is another program's database");
  if (version !== SCHEMA_VERSION)
    throw new Error(
      `it was written by another version of the gateway, in form ${version}, and this one reads ${SCHEMA_VERSION}`,
    );
}

function writeTable(database: Database, table: string, rows: TableRows): void {
  const upsert = database.query(`INSERT OR REPLACE INTO ${table} VALUES (?, ?)`);
  const remove = database.query(`DELETE FROM ${table} WHERE key = ?`);
  for (const [key, json] of rows) {
    if (json === undefined) remove.run(key);
    else upsert.run(key, json);
  }
}

/** Rows in the order of their keys, which is that of their age where the keys are numbers. */
function readTable<K, V>(database: Database, table: string): (readonly [K, V])[] {
  const rows = database.query(`SELECT key, value FROM ${table} ORDER BY key`).values() as [K, string][];
  // One text for all: a hundred thousand rows by themselves take three times as long.
  const parsed: V[] = JSON.parse(`[${rows.map(([, json]) => json).join(",")}]`);
  if (parsed.length !== rows.length) throw new SyntaxError(`a row of ${table} is no JSON`);
  return rows.map(([key], index) => [key, parsed[index] as V]);
}
