import { expect, test } from "bun:test";
import fc from "fast-check";
import { createDeadlines } from "../../src/fleet/deadlines.ts";

test("gives items out in the order of their times, and none before its time", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.integer({ min: 0, max: 50 }), (times, now) => {
      const deadlines = createDeadlines<number>();
      for (const at of times) deadlines.add(at, at);
      const due: number[] = [];
      for (let item = deadlines.takeDue(now); item !== undefined; item = deadlines.takeDue(now)) due.push(item);
      expect(due).toEqual(times.filter((at) => at <= now).sort((a, b) => a - b));
      expect(deadlines.size).toBe(times.length - due.length);
    }),
  );
});
