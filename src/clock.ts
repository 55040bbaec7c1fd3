/** Source of time; the fleet lives on `now`, tokens are judged by `wall`. */
export interface Clock {
  /** Epoch milliseconds that only run forward: no step of the machine's clock ends a ban or disables a server. */
  now(): number;
  /** Epoch milliseconds as the machine's clock shows them at this moment. */
  wall(): number;
  /** Calls `callback` every `intervalMs` milliseconds until disposed. */
  every(intervalMs: number, callback: () => void): Disposable;
}

/** Source of chance: a number in [0, 1). */
export type Random = () => number;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  wall: () => Date.now(),
  every(intervalMs, callback) {
    const timer = setInterval(callback, intervalMs);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  },
};
