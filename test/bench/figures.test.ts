import { describe, expect, test } from "bun:test";
import { compareFigures, formatChanges } from "../../bench/compare/compare.ts";
import { type Figure, isMet, toRatio } from "../../bench/figures.ts";
import type { Bound } from "../../bench/gate/bounds.ts";
import { decide, judge } from "../../bench/gate/decide.ts";
import { formatGoals, formatTables } from "../../bench/output/table.ts";
import { parseResult } from "../../bench/result.ts";

const figure = (more: Partial<Figure>): Figure => ({
  suite: "connect",
  case: "small",
  metric: "throughput",
  unit: "1/s",
  value: 100,
  ...more,
});

describe("a figure", () => {
  test("is judged by its value or its ratio, and never met if that is missing", () => {
    expect(isMet(figure({}))).toBeUndefined();
    expect(isMet(figure({ goal: { of: "value", atMost: 100 } }))).toBe(true);
    expect(isMet(figure({ goal: { of: "value", atMost: 99 } }))).toBe(false);
    expect(isMet(figure({ ratio: 0.9, goal: { of: "ratio", atLeast: 0.85 } }))).toBe(true);
    expect(isMet(figure({ ratio: 0.8, goal: { of: "ratio", atLeast: 0.85 } }))).toBe(false);
    expect(isMet(figure({ goal: { of: "ratio", atLeast: 0 } }))).toBe(false);
    expect(isMet(figure({ value: Number.NaN, goal: { of: "value", atMost: 1 } }))).toBe(false);
  });

  test("of alternating rounds has the median of their ratios, which one slow pair does not move", () => {
    expect(toRatio([100, 10, 90], [200, 20, 180])).toEqual({ value: 90, limit: 180, ratio: 0.5 });
  });

  test("stands in the tables with its limit, its ratio, its target and whether that is met", () => {
    const goal = { of: "ratio", atLeast: 0.85 } as const;
    const figures = [figure({ limit: 120, ratio: 0.8, goal }), figure({ metric: "p99", unit: "µs", value: 12.345 })];
    expect(formatTables(figures)).toMatch(/throughput, 1\/s +100 +120 +0\.80 +≥ 0\.85 × +miss\n +p99, µs +12\.3$/);
    expect(formatGoals(figures)).toEndWith("0 ok, 1 missed");
  });
});

describe("two runs", () => {
  const before = [figure({ ratio: 0.5 }), figure({ metric: "gone" }), figure({ metric: "p99", value: 8 })];
  const after = [figure({ value: 150, ratio: 0.6 }), figure({ metric: "p99", value: 4 }), figure({ metric: "new" })];

  test("are compared in what they have in common", () => {
    const changes = compareFigures(before, after);
    expect(changes).toMatchObject([
      { name: "connect: small: throughput", before: 100, after: 150, ratio: 1.5, ofRatios: 1.2 },
      { name: "connect: small: p99", before: 8, after: 4, ratio: 0.5, ofRatios: undefined },
    ]);
    expect(formatChanges(changes)).toMatch(/throughput, 1\/s +100 +150 +1\.50 +1\.20\n/);
  });

  test("are read from the files that they wrote, and nothing else is", () => {
    const withGoal = figure({ goal: { of: "value", atMost: 1 } });
    expect(parseResult(JSON.stringify({ at: "now", figures: [withGoal] }))).toEqual([withGoal]);
    expect(() => parseResult('{"figures":[{"suite":1}]}')).toThrow();
  });
});

describe("the gate", () => {
  const bounds: Bound[] = [
    { suite: "connect", case: "small", metric: "throughput", of: "ratio", atLeast: 0.6 },
    { suite: "report", case: "small", metric: "CPU", of: "ratio", atMost: 4 },
  ];
  const cpu = (ratio: number) => figure({ suite: "report", metric: "CPU", ratio });

  test("keeps what is within its bound, and misses what is not, or was not measured", () => {
    expect(judge(bounds, [figure({ ratio: 0.6 }), cpu(4.1)]).map(({ isKept }) => isKept)).toEqual([true, false]);
    expect(judge(bounds, [])).toMatchObject([{ isKept: false }, { isKept: false }]);
  });

  test("measures once more what was missed, and only that", async () => {
    const asked: string[] = [];
    const measure = async (suite: Bound["suite"], wanted: readonly Bound[]) => {
      asked.push(suite);
      expect(wanted.every((bound) => bound.suite === suite)).toBe(true);
      return suite === "connect" ? [figure({ ratio: 1 })] : [cpu(asked.length === 2 ? 5 : 3)];
    };
    const verdicts = await decide(bounds, measure);
    expect(asked).toEqual(["connect", "report", "report"]);
    expect(verdicts.map(({ isKept }) => isKept)).toEqual([true, true]);
  });

  test("refuses what is missed twice, and says what and why", async () => {
    const verdicts = await decide(bounds, async () => [figure({ ratio: 0.4 }), cpu(1)]);
    expect(verdicts[0]).toMatchObject({
      isKept: false,
      text: "connect: small: throughput is 0.40, has to be ≥ 0.6 ×",
    });
    expect(verdicts[1]?.isKept).toBe(true);
  });
});
