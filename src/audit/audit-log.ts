import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";

/** What somebody did, or tried to do. */
export interface AuditFact {
  /** The customer whose token it was. */
  readonly customer?: string;
  /** The token's user, or the user of `/internal`. */
  readonly user?: string;
  /** What made the gateway do it by itself, such as a changed file. */
  readonly trigger?: string;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** `ok`, or the name of the error or outcome. */
  readonly result: string;
  /** Id of the HTTP request, absent where none asked for it. */
  readonly requestId?: string;
}

/** A fact with its place in the order of all, which begins at 1, and its time (ISO 8601). */
export interface AuditEntry extends AuditFact {
  readonly seq: number;
  readonly at: string;
}

/** Some entries, newest first; `next` is the `before` of the following page, absent on the last one. */
export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  readonly next?: number;
}

/** The record of what was done: in the log, and the last of it in memory. */
export interface AuditLog {
  readonly note: (fact: AuditFact) => void;
  /** Up to `limit` entries older than the one of number `before`, or the newest. */
  readonly read: (page: { limit: number; before: number | undefined }) => AuditPage;
  /** Number of the newest entry, 0 without any. */
  readonly lastSeq: () => number;
}

const MAX_ENTRIES = 1_000;

/** Creates a record that is empty, and holds the last 1,000 entries. */
export function createAuditLog(log: Logger, clock: Pick<Clock, "wall">): AuditLog {
  const entries: AuditEntry[] = [];
  let seq = 0;
  return {
    note(fact) {
      log.info("audit", fact);
      entries.push({ seq: ++seq, at: new Date(clock.wall()).toISOString(), ...fact });
      if (entries.length > MAX_ENTRIES) entries.shift();
    },
    read({ limit, before = Number.POSITIVE_INFINITY }) {
      const older = entries.filter((entry) => entry.seq < before).reverse();
      const page = older.slice(0, limit);
      const next = older.length > limit ? page.at(-1)?.seq : undefined;
      return { entries: page, ...(next !== undefined && { next }) };
    },
    lastSeq: () => seq,
  };
}
