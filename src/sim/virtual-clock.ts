import type { Clock } from "../clock.ts";

/** A clock that stands still until it is told to go on. */
export interface VirtualClock extends Clock {
  /** Lets `ms` milliseconds pass, and calls what falls due on the way, in order and each at its own time. */
  readonly sleep: (ms: number) => Promise<void>;
}

interface Timer {
  readonly intervalMs: number;
  readonly callback: () => void;
  dueAt: number;
}

/** Creates a virtual clock that shows `startMs` (epoch milliseconds). */
export function createVirtualClock(startMs = Date.UTC(2026, 0, 1)): VirtualClock {
  const timers = new Set<Timer>();
  let nowMs = startMs;

  const findNext = (untilMs: number): Timer | undefined =>
    [...timers].filter(({ dueAt }) => dueAt <= untilMs).sort((a, b) => a.dueAt - b.dueAt)[0];

  return {
    now: () => nowMs,
    wall: () => nowMs,
    every(intervalMs, callback) {
      const timer = { intervalMs, callback, dueAt: nowMs + intervalMs };
      timers.add(timer);
      return { [Symbol.dispose]: () => void timers.delete(timer) };
    },
    async sleep(ms) {
      const untilMs = nowMs + ms;
      for (let timer = findNext(untilMs); timer !== undefined; timer = findNext(untilMs)) {
        nowMs = timer.dueAt;
        timer.dueAt += timer.intervalMs;
        timer.callback();
      }
      nowMs = untilMs;
      await Promise.resolve();
    },
  };
}
