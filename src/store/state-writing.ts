import { openStateDatabase, type StateDatabase } from "./state-database.ts";
import { setAside } from "./state-file.ts";
import { parseRows } from "./state-rows.ts";

/** Changes to write into a database; without any it is to be closed. */
export interface WriteOrder {
  readonly file: string;
  /** Whether a database that is there has to be set aside before the first write. */
  readonly isUnread: boolean;
  /** As `toText` writes them. */
  readonly changes: string | undefined;
}

/** What came of an order; `error` says why it could not be carried out. */
export interface WriteAnswer {
  readonly error: string | undefined;
}

/** Creates what carries orders out, one after the other: it opens the database when it has to, and anew after a failure. */
export function createStateWriting(): (order: WriteOrder) => WriteAnswer {
  let database: StateDatabase | undefined;
  let mustSetAside: boolean | undefined;

  function close(): void {
    database?.[Symbol.dispose]();
    database = undefined;
  }

  return ({ file, isUnread, changes }) => {
    try {
      mustSetAside ??= isUnread;
      if (changes === undefined) close();
      else {
        if (mustSetAside) {
          const { isAside, outcome } = setAside(file, `unread-${Date.now()}`);
          if (!isAside) throw new Error(outcome);
        }
        mustSetAside = false;
        database ??= openStateDatabase(file);
        database.write(parseRows(changes));
      }
      return { error: undefined };
    } catch (error) {
      close();
      return { error: error instanceof Error ? error.message : String(error) };
    }
  };
}
