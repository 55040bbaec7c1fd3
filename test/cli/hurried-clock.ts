import { type Clock, systemClock } from "../../src/clock.ts";

/** Creates a clock on which `times` as much time passes as on the machine's. */
export function createHurriedClock(times: number): Clock {
  const startedAt = systemClock.now();
  const now = () => startedAt + (systemClock.now() - startedAt) * times;
  return { now, wall: now, every: (intervalMs, callback) => systemClock.every(intervalMs / times, callback) };
}
