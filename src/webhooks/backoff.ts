import type { Random } from "../clock.ts";

const SEC = 1_000;
const MIN = 60 * SEC;
/** Waits between attempts; the last one for all that follow. */
const DELAYS_MS = [5 * SEC, 30 * SEC, 2 * MIN, 10 * MIN, 30 * MIN, 60 * MIN] as const;

/** For so long a message is tried. */
export const LIFETIME_MS = 24 * 60 * MIN;

/** Milliseconds from the attempt with that number, which begins at 1, to the next; give or take a tenth. */
export function toDelayMs(attempts: number, random: Random): number {
  const delay = DELAYS_MS[Math.min(attempts, DELAYS_MS.length) - 1] ?? DELAYS_MS[0];
  return delay * (0.9 + random() / 5);
}
