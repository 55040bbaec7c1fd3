import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";

/** Writes a line unless the same was written within the last minute. */
export type ThrottledLog = (level: "info" | "warning" | "error", msg: string, fields: object) => void;

const REPEAT_MS = 60_000;

/** Creates a log for what may happen thousands of times a second; lines are told apart by their message. */
export function createThrottledLog(log: Logger, clock: Pick<Clock, "now">): ThrottledLog {
  const lastLoggedAt = new Map<string, number>();
  return (level, msg, fields) => {
    const now = clock.now();
    if (now - (lastLoggedAt.get(msg) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) return;
    lastLoggedAt.set(msg, now);
    log[level](msg, fields);
  };
}
