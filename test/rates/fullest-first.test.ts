import { expect, test } from "bun:test";
import fc from "fast-check";
import { createFullestFirst, type Queued } from "../../src/rates/fullest-first.ts";

test("the one that is full first comes out first, however often others were delayed", () => {
  const steps = fc.array(fc.tuple(fc.nat(9), fc.nat(1_000), fc.nat(50)), { maxLength: 300 });
  fc.assert(
    fc.property(steps, (all) => {
      const queue = createFullestFirst();
      const inside: Queued[] = [];
      for (const [what, timeMs, index] of all) {
        const chosen = inside[index % Math.max(1, inside.length)];
        if (what < 5 || chosen === undefined) {
          const added = { key: String(timeMs), fullAtMs: timeMs, place: 0 };
          inside.push(added);
          queue.add(added);
        } else if (what < 8) {
          chosen.fullAtMs += timeMs;
          queue.delay(chosen);
        } else {
          const first = queue.first();
          expect(first?.fullAtMs).toBe(Math.min(...inside.map(({ fullAtMs }) => fullAtMs)));
          queue.drop();
          if (first) inside.splice(inside.indexOf(first), 1);
        }
        expect(queue.size()).toBe(inside.length);
      }
      const rest: number[] = [];
      for (let first = queue.first(); first; first = queue.first()) {
        rest.push(first.fullAtMs);
        queue.drop();
      }
      expect(rest).toEqual(inside.map(({ fullAtMs }) => fullAtMs).sort((a, b) => a - b));
    }),
    { numRuns: 300 },
  );
});
