import type { Random } from "../clock.ts";

/** Chance that repeats itself: the same seed gives the same numbers (sfc32, C. Doty-Humphrey, PractRand). */
export function createSeededRandom(seed: number): Random {
  let a = seed | 0;
  let b = 0x9e3779b9;
  let c = 0x243f6a88;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let warmUp = 0; warmUp < 12; warmUp++) next();
  return next;
}

/** A time drawn from an exponential distribution. */
export function drawExponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random());
}
