import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "../log.ts";
import { type KeptMessage, openQueueDatabase } from "./queue-database.ts";
import { createQueueWriter, type QueueWriter } from "./queue-writer.ts";

/** Messages that waited when the last process ended, and what keeps them from now on. */
export interface KeptMessages {
  readonly messages: readonly KeptMessage[];
  readonly writer: QueueWriter;
}

const FILE_NAME = "webhooks.sqlite";

/**
 * Reads the messages that a state folder keeps, which is to be ours. A file that cannot be read is set aside with a
 * warning: what happens from now on is not to be lost too.
 */
export function openKeptMessages(stateDir: string, log: Logger): KeptMessages {
  const file = join(stateDir, FILE_NAME);
  return { messages: existsSync(file) ? readMessages(file, log) : [], writer: createQueueWriter(file) };
}

function readMessages(file: string, log: Logger): KeptMessage[] {
  try {
    using database = openQueueDatabase(file);
    return database.read();
  } catch (error) {
    const aside = `${file}.unusable-${Date.now()}`;
    log.warning("the messages that waited for webhooks cannot be read", { file, aside, reason: toText(error) });
    setAside(file, aside, log);
    return [];
  }
}

function setAside(file: string, aside: string, log: Logger): void {
  try {
    for (const end of ["", "-wal", "-journal"]) if (existsSync(file + end)) renameSync(file + end, aside + end);
  } catch (error) {
    log.warning("the file of webhooks' messages cannot be set aside", { file, reason: toText(error) });
  }
}

function toText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
