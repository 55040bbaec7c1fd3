import { Database } from "bun:sqlite";
import { chmodSync } from "node:fs";
import type { SavedGroup, SavedState } from "../fleet/saved-state.ts";
import { takeOutGroups, VERSION_WITHOUT_LISTINGS } from "./state-before-listings.ts";
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
const SCHEMA_VERSION = 2;
/** Small rows lie in the tree of their keys; large ones, and those whose keys are numbers that rise, beside it. */
const FORMS: Readonly<Record<(typeof TABLES)[number], string>> = {
  servers: "(key PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
  listings: "(key TEXT PRIMARY KEY, value TEXT NOT NULL)",
  groups: "(key INTEGER PRIMARY KEY, value TEXT NOT NULL)",
  bans: "(key PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
  tasks: "(key PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
  times: "(key PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
};
/** Rows whose values are parsed as one text: by themselves they take longer, and all of a table may be too long for a text … */
const BATCH = 500;
/** … and so may be many rows that are long: characters after which no other row is added. */
const BATCH_LENGTH = 1_000_000;

/** Some rows, their values as they are written, as one JSON list. */
interface BatchOfRows<K> {
  readonly keys: readonly K[];
  readonly json: string;
}

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
      listings: readTable(database, "listings"),
      groups: readGroups(database),
      bans: readTable(database, "bans"),
      tasks: readTable(database, "tasks"),
      times: readTable(database, "times"),
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
  const isNew = id === 0 && version === 0 && isEmpty;
  if (isNew || (id === APPLICATION_ID && version === VERSION_WITHOUT_LISTINGS)) {
    chmodSync(file, 0o600);
    database.transaction(() => {
      const before = isNew ? undefined : takeOutGroups(database);
      for (const table of TABLES) database.run(`CREATE TABLE IF NOT EXISTS ${table} ${FORMS[table]}`);
      for (const [table, rows] of Object.entries(before ?? {})) writeTable(database, table, rows);
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

/** All rows in the order of their keys, which is that of their age where the keys are numbers. */
function readTable<K extends string | number, V>(database: Database, table: string): (readonly [K, V])[] {
  return [...readBatches<K>(database, table)].flatMap((batch) => {
    const values = parseValues<V>(batch, table);
    return batch.keys.map((key, index) => [key, values[index] as V] as const);
  });
}

/** The groups, read by now and yet to be parsed: what parsing makes of all of them would take hundreds of megabytes. */
function readGroups(database: Database): SavedState["groups"] {
  const batches = [...readBatches<number>(database, "groups")];
  return {
    count: batches.reduce((sum, { keys }) => sum + keys.length, 0),
    batches: {
      *[Symbol.iterator]() {
        for (const batch of batches) yield { keys: batch.keys, values: parseValues<SavedGroup>(batch, "groups") };
      },
    },
  };
}

/** Reads a table in one go: a damaged key may stand out of order, or read as another, and is one row all the same. */
function* readBatches<K extends string | number>(database: Database, table: string): Generator<BatchOfRows<K>> {
  const rows = database.query<{ key: K; value: string }, []>(`SELECT key, value FROM ${table} ORDER BY key`).iterate();
  let keys: K[] = [];
  let values: string[] = [];
  let length = 0;
  for (const { key, value } of rows) {
    keys.push(key);
    length += value.length;
    if (values.push(value) < BATCH && length < BATCH_LENGTH) continue;
    yield { keys, json: toList(values) };
    [keys, values, length] = [[], [], 0];
  }
  if (keys.length > 0) yield { keys, json: toList(values) };
}

const toList = (values: readonly string[]): string => `[${values.join(",")}]`;

/** Throws if one of the values is no JSON, or not only one. */
function parseValues<V>({ keys, json }: BatchOfRows<string | number>, table: string): readonly V[] {
  try {
    const values: V[] = JSON.parse(json);
    if (values.length === keys.length) return values;
  } catch {}
  throw new SyntaxError(`a row of ${table} is no JSON, between ${keys[0]} and ${keys.at(-1)}`);
}
