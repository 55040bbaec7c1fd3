import type { SavedChanges } from "../fleet/saved-state.ts";

/** Rows of a table: key and value in JSON; nothing where a row is to be deleted. */
export type TableRows = readonly (readonly [key: string | number, json: string | undefined])[];

/** The tables of kept state. */
export const TABLES = ["servers", "listings", "groups", "bans", "tasks", "times"] as const;

/** Rows to be written, by table. */
export interface StateRows extends Readonly<Record<(typeof TABLES)[number], TableRows>> {
  /** Whether all other rows are to be deleted. */
  readonly isEverything: boolean;
}

/**
 * Changes as one text, for nothing else goes from thread to thread as cheaply: a line says whether they are everything, one for
 * each table how many rows follow, and one for each row its key and its value, as they are written. JSON has neither ends of
 * lines nor tabs in it, so nobody has to parse values on the way.
 */
export function toText(changes: SavedChanges): string {
  const lines = [String(changes.isEverything)];
  for (const table of TABLES) {
    const rows = changes[table];
    lines.push(String(rows.length));
    for (const [key, value] of rows)
      lines.push(`${JSON.stringify(key)}\t${value === undefined ? "" : JSON.stringify(value)}`);
  }
  return lines.join("\n");
}

/** Rows of such a text. */
export function parseRows(text: string): StateRows {
  const lines = text.split("\n").values();
  const next = (): string => lines.next().value ?? "";
  const isEverything = next() === "true";
  const readTable = (): TableRows => Array.from({ length: Number(next()) }, () => parseRow(next()));
  return {
    isEverything,
    servers: readTable(),
    listings: readTable(),
    groups: readTable(),
    bans: readTable(),
    tasks: readTable(),
    times: readTable(),
  };
}

function parseRow(line: string): TableRows[number] {
  const tab = line.indexOf("\t");
  const json = line.slice(tab + 1);
  return [JSON.parse(line.slice(0, tab)), json === "" ? undefined : json];
}
