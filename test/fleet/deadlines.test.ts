import { expect, test } from "bun:test";
import fc from "fast-check";
import { createDeadlines } from "../../src/fleet/deadlines.ts";

test("gives items out in the order of their times, and none before its time", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.integer({ min: 0, max: 50 }), (times, now) => {
      const deadlines = createDeadlines<number>(() => true);
      for (const at of times) deadlines.add(at, at);
      const due: number[] = [];
      for (let item = deadlines.takeDue(now); item !== undefined; item = deadlines.takeDue(now)) due.push(item);
      expect(due).toEqual(times.filter((at) => at <= now).sort((a, b) => a - b));
      expect(deadlines.size).toBe(times.length - due.length);
    }),
  );
});

test("sweeps out what no longer stands for anything, and keeps the order of the rest", () => {
  const gone = new Set<number>();
  const deadlines = createDeadlines<number>((item) => !gone.has(item));
  for (let i = 0; i < 20_000; i++) {
    const item = (i * 7_919) % 20_011;
    deadlines.add(item, item);
    if (item % 10 !== 0) gone.add(item);
  }
  expect(deadlines.size).toBeLessThan(6_000);
  const due: number[] = [];
  for (let item = deadlines.takeDue(30_000); item !== undefined; item = deadlines.takeDue(30_000)) due.push(item);
  expect(due).toEqual(due.toSorted((a, b) => a - b));
  const kept = due.filter((item) => item % 10 === 0);
  expect(kept).toHaveLength(
    Array.from({ length: 20_000 }, (_, i) => (i * 7_919) % 20_011).filter((item) => item % 10 === 0).length,
  );
});
