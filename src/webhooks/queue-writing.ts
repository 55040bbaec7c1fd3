import { openQueueDatabase, type QueueDatabase } from "./queue-database.ts";

/** Changes to write into a database, in JSON; without any it is to be closed. */
export interface QueueOrder {
  readonly file: string;
  readonly changes: string | undefined;
}

/** What came of an order; `error` says why it could not be carried out. */
export interface QueueAnswer {
  readonly error: string | undefined;
}

/** Creates what carries orders out, one after the other: it opens the database when it has to, and anew after a failure. */
export function createQueueWriting(): (order: QueueOrder) => QueueAnswer {
  let database: QueueDatabase | undefined;

  function close(): void {
    database?.[Symbol.dispose]();
    database = undefined;
  }

  return ({ file, changes }) => {
    try {
      if (changes === undefined) close();
      else {
        database ??= openQueueDatabase(file);
        database.write(JSON.parse(changes));
      }
      return { error: undefined };
    } catch (error) {
      close();
      return { error: error instanceof Error ? error.message : String(error) };
    }
  };
}
