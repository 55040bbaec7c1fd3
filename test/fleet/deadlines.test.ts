import { expect, test } from "bun:test";
import fc from "fast-check";
import { createDeadlines, type Deadlines } from "../../src/fleet/deadlines.ts";

function takeAllDue<T>(deadlines: Deadlines<T>, now: number): T[] {
  const due: T[] = [];
  for (let item = deadlines.takeDue(now); item !== undefined; item = deadlines.takeDue(now)) due.push(item);
  return due;
}

test("gives items out in the order of their times, and none before its time, while others come", () => {
  const time = fc.integer({ min: -5_000, max: 5_000 });
  const rounds = fc.array(fc.record({ added: fc.array(time), now: time }), { maxLength: 10 });
  fc.assert(
    fc.property(rounds, (run) => {
      const deadlines = createDeadlines<number>(() => true);
      let left: number[] = [];
      for (const { added, now } of run) {
        for (const at of added) deadlines.add(at, at);
        left.push(...added);
        expect(takeAllDue(deadlines, now)).toEqual(left.filter((at) => at <= now).sort((a, b) => a - b));
        left = left.filter((at) => at > now);
        expect(deadlines.size).toBe(left.length);
      }
    }),
  );
});

test("keeps what never falls due to itself", () => {
  const deadlines = createDeadlines<string>(() => true);
  deadlines.add(Number.POSITIVE_INFINITY, "never");
  deadlines.add(Number.NEGATIVE_INFINITY, "always");
  expect(takeAllDue(deadlines, Number.MAX_SAFE_INTEGER)).toEqual(["always"]);
  expect(deadlines.size).toBe(1);
});

test("holds little of what was put off again and again, to a time that is each time another", () => {
  let current = 0;
  const deadlines = createDeadlines<number>((item) => item === current);
  for (let at = 0; at < 50_000_000; at += 1_000) {
    current = at;
    deadlines.add(at, at);
  }
  expect(deadlines.size).toBeLessThan(2_000);
  expect(takeAllDue(deadlines, 50_000_000).at(-1)).toBe(current);
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
  const due = takeAllDue(deadlines, 30_000);
  expect(due).toEqual(due.toSorted((a, b) => a - b));
  const kept = due.filter((item) => item % 10 === 0);
  expect(kept).toHaveLength(
    Array.from({ length: 20_000 }, (_, i) => (i * 7_919) % 20_011).filter((item) => item % 10 === 0).length,
  );
});

test("holds as little of what stands for nothing when there was much before", () => {
  const deadlines = createDeadlines<number>((item) => item >= 0);
  for (let at = 0; at < 100_000; at++) deadlines.add(at, at);
  expect(takeAllDue(deadlines, 100_000)).toHaveLength(100_000);
  for (let at = 200_000; at < 300_000; at++) deadlines.add(at * 1_000, -1);
  expect(deadlines.size).toBeLessThan(3_000);
});
