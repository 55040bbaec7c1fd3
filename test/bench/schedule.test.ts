import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createSchedule } from "../../bench/load/schedule.ts";

describe("the schedule of an open loop", () => {
  test("has the first request due at once, and the rest evenly spaced", () => {
    const { dueMs, countDue } = createSchedule(500, 3);
    expect([0, 1, 2].map(dueMs)).toEqual([0, 2, 4]);
    expect([-1, 0, 1.9, 2, 3.9, 4, 1_000].map(countDue)).toEqual([0, 1, 1, 2, 2, 3, 3]);
  });

  test("counts as due exactly those whose moment has come, at any rate", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50_000 }), fc.integer({ min: 0, max: 999 }), (perSecond, index) => {
        const { dueMs, countDue } = createSchedule(perSecond, 1_000);
        expect(countDue(dueMs(index))).toBe(index + 1);
        if (index > 0) expect(countDue(dueMs(index) - 1e-6)).toBe(index);
      }),
    );
  });
});
