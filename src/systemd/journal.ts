import { fstatSync } from "node:fs";
import type { LogLevel } from "../log.ts";

/** Levels of syslog, which the journal takes from the head of a line. Source: sd-daemon(3). */
const PRIORITIES: Readonly<Record<LogLevel, number>> = {
  CRITICAL: 2,
  ERROR: 3,
  WARNING: 4,
  INFO: 6,
  DEBUG: 7,
  NOTSET: 7,
};

/** Writes whole lines of a level. */
export type LevelWriter = (text: string, level: LogLevel) => void;

/**
 * A writer that gives every line its level as the journal reads it, if the descriptor that `write` writes to is the journal;
 * elsewhere lines stay as they are.
 */
export function withJournalLevels(
  write: (text: string) => void,
  env: Readonly<Record<string, string | undefined>>,
  descriptor: 1 | 2,
): LevelWriter {
  if (!isJournal(env, descriptor)) return write;
  return (text, level) => write(text.replaceAll(/^(?=[^\n])/gm, `<${PRIORITIES[level]}>`));
}

/** Whether a descriptor is the journal, and not what a child of a service was given instead. Source: systemd.exec(5), "JOURNAL_STREAM". */
function isJournal({ JOURNAL_STREAM }: Readonly<Record<string, string | undefined>>, descriptor: number): boolean {
  if (JOURNAL_STREAM === undefined) return false;
  try {
    const { dev, ino } = fstatSync(descriptor, { bigint: true });
    return JOURNAL_STREAM === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
