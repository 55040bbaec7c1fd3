import { describe, expect, test } from "bun:test";
import { median, percentile, toLatencies } from "../../bench/statistics.ts";

describe("a percentile", () => {
  test("is the nearest rank, whatever the order", () => {
    const values = [5, 1, 4, 2, 3];
    expect([0, 0.2, 0.21, 0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([1, 1, 2, 3, 5, 5]);
    expect(values).toEqual([5, 1, 4, 2, 3]);
  });

  test("sorts numbers as numbers", () => {
    expect(percentile([9, 10, 100], 1)).toBe(100);
  });

  test("of nothing is no number", () => {
    expect(percentile([], 0.5)).toBeNaN();
  });
});

test("the median is in the middle, or between the two that are", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test("latencies are summed up in microseconds", () => {
  const latencies = Float64Array.from({ length: 1_000 }, (_, i) => i + 1);
  expect(toLatencies(latencies)).toEqual({ p50Us: 500_000, p99Us: 990_000, p999Us: 999_000, maxUs: 1_000_000 });
});
