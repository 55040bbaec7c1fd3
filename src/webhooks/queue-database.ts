import { Database } from "bun:sqlite";
import { chmodSync } from "node:fs";
import type { Message } from "./lanes.ts";

/** A message with the webhook for which it waits: a hash of its URL, which may hold secrets. */
export interface KeptMessage extends Message {
  readonly webhook: string;
}

/** What has changed among the messages that wait. */
export interface QueueChanges {
  readonly added: readonly KeptMessage[];
  /** Numbers of those that wait no more. */
  readonly removed: readonly number[];
}

/** An open database of messages that wait. */
export interface QueueDatabase extends Disposable {
  /** All of them, in their order. */
  readonly read: () => KeptMessage[];
  /** Writes changes, all or none; when it returns they survive a loss of power. */
  readonly write: (changes: QueueChanges) => void;
}

/** Marks a SQLite file as ours: "ODIW" in ASCII. */
const APPLICATION_ID = 0x4f444957;
/** Of the form of the table. */
const SCHEMA_VERSION = 1;

/** Opens, or makes, a database of messages; throws if it is no SQLite file, or not this one, or if the disk does not let it. */
export function openQueueDatabase(file: string): QueueDatabase {
  const database = new Database(file, { strict: true });
  try {
    for (const pragma of ["locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL"])
      database.run(`PRAGMA ${pragma}`);
    prepareTable(database, file);
  } catch (error) {
    database.close();
    throw error;
  }
  const writeAll = database.transaction(({ added, removed }: QueueChanges) => {
    const insert = database.query("INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?, ?, ?)");
    const remove = database.query("DELETE FROM messages WHERE seq = ?");
    for (const { seq, webhook, id, key, body, wallMs } of added) insert.run(seq, webhook, id, key, body, wallMs);
    for (const seq of removed) remove.run(seq);
  });
  return {
    read: () =>
      database.query("SELECT seq, webhook, id, key, body, wallMs FROM messages ORDER BY seq").all() as KeptMessage[],
    write: (changes) => writeAll.immediate(changes),
    [Symbol.dispose]: () => database.close(),
  };
}

function prepareTable(database: Database, file: string): void {
  const readPragma = (name: string) => Object.values(database.query(`PRAGMA ${name}`).get() ?? {})[0];
  const [id, version] = [readPragma("application_id"), readPragma("user_version")];
  if (id === 0 && version === 0 && database.query("SELECT 1 FROM sqlite_schema").get() === null) {
    chmodSync(file, 0o600);
    database.transaction(() => {
      database.run(
        "CREATE TABLE messages (seq INTEGER PRIMARY KEY, webhook TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, wallMs REAL NOT NULL)",
      );
      database.run(`PRAGMA application_id = ${APPLICATION_ID}`);
      database.run(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    })();
    return;
  }
  if (id !== APPLICATION_ID || version !== SCHEMA_VERSION)
    throw new Error("it is another program's database, or of another version of the gateway");
}
