import type { Random } from "../../src/clock.ts";

/** An integer from 0 on, less than `end`; 0 if there is none. */
export function upTo(random: Random, end: number): number {
  return Math.floor(random() * end);
}

/** One of the values; throws an Error if there are none. */
export function pick<T>(random: Random, values: readonly T[]): T {
  const [value] = values.slice(upTo(random, values.length));
  if (value === undefined) throw new Error("there is nothing to pick from");
  return value;
}

/** How deep something is nested: mostly not very, as what is deep takes long to make. */
export function pickDepth(random: Random): number {
  return random() < 0.03 ? pick(random, [2_000, 40_000]) : pick(random, [3, 20, 100]);
}
