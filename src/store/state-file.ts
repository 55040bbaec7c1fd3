import { SQLiteError } from "bun:sqlite";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NOTHING, type SavedState } from "../fleet/saved-state.ts";
import { openStateDatabase } from "./state-database.ts";

/** A state folder's kept state, as it was found. */
export interface FoundState {
  /** Path of the database, there or not. */
  readonly file: string;
  readonly saved: SavedState;
  /** What an operator has to know of how it was found; absent if all is well. */
  readonly warning: string | undefined;
  /** Whether there is a database that nobody could read, and that must not be written over. */
  readonly isUnread: boolean;
}

const FILE_NAME = "state.sqlite";

/**
 * Reads what a state folder keeps, also from a disk that is full or read-only. A file that is broken, or not of this
 * gateway, is set aside: `suffix` goes to the end of its name.
 */
export function readState(stateDir: string, suffix: string): FoundState {
  const file = join(stateDir, FILE_NAME);
  const found = { file, saved: NOTHING, isUnread: false };
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    return { ...found, saved: readFile(file), warning: undefined };
  } catch (error) {
    if (isBroken(error)) {
      const { isAside, outcome } = setAside(file, suffix);
      return { ...found, warning: `${toText(error)}; ${outcome}`, isUnread: !isAside };
    }
    const warning = `the state folder cannot be written to: ${toText(error)}`;
    if (!existsSync(file)) return { ...found, warning };
    try {
      return { ...found, saved: readCopy(file), warning };
    } catch (copyError) {
      return { ...found, warning: `it could not be read: ${toText(copyError)}`, isUnread: true };
    }
  }
}

/** Moves a database away, with its log, and says what came of that: whether it is away, and in words. */
export function setAside(file: string, suffix: string): { readonly isAside: boolean; readonly outcome: string } {
  try {
    for (const end of ["", "-wal", "-journal"])
      if (existsSync(file + end)) renameSync(file + end, `${file}.${suffix}${end}`);
    return { isAside: true, outcome: `it was set aside as ${file}.${suffix}` };
  } catch (error) {
    return { isAside: false, outcome: `it could not be set aside: ${toText(error)}` };
  }
}

function readFile(file: string): SavedState {
  using database = openStateDatabase(file);
  return database.read();
}

/** Reads a database of a folder in which SQLite cannot write, which it has to. */
function readCopy(file: string): SavedState {
  const folder = mkdtempSync(join(tmpdir(), "odin-gateway-state-"));
  try {
    for (const end of ["", "-wal"]) if (existsSync(file + end)) copyFileSync(file + end, join(folder, FILE_NAME + end));
    return readFile(join(folder, FILE_NAME));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Says whether it is the file that is at fault, and not the disk. */
function isBroken(error: unknown): boolean {
  if (!(error instanceof SQLiteError)) return !(error instanceof Error && "code" in error);
  return error.code === "SQLITE_CORRUPT" || error.code === "SQLITE_NOTADB" || error.code === "SQLITE_ERROR";
}

function toText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
