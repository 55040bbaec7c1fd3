/** When requests are due that come at a fixed rate, whether earlier ones were answered or not. */
export interface Schedule {
  /** Milliseconds after the beginning at which request `index` is due. */
  readonly dueMs: (index: number) => number;
  /** How many are due `elapsedMs` after the beginning, and not more than there are. */
  readonly countDue: (elapsedMs: number) => number;
}

/** Schedules `count` requests, `perSecond` of them in a second, evenly spaced, the first one at once. */
export function createSchedule(perSecond: number, count: number): Schedule {
  const intervalMs = 1_000 / perSecond;
  const dueMs = (index: number) => index * intervalMs;
  return {
    dueMs,
    countDue(elapsedMs) {
      if (elapsedMs < 0) return 0;
      // The division may be off by the last bit either way.
      let due = Math.floor(elapsedMs / intervalMs) + 1;
      while (due > 0 && dueMs(due - 1) > elapsedMs) due--;
      while (dueMs(due) <= elapsedMs) due++;
      return Math.min(due, count);
    },
  };
}
