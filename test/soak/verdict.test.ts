import { describe, expect, test } from "bun:test";
import { judgeMemory } from "./verdict.ts";

const MB = 1e6;
const run = (minutes: number, rss: (sec: number) => number) =>
  judgeMemory(Array.from({ length: minutes * 60 + 1 }, (_, atSec) => ({ atSec, rssBytes: rss(atSec) * MB })));

describe("the verdict on memory", () => {
  test("is good for what grows in the first two minutes alone, however it goes up and down", () => {
    expect(run(30, (sec) => Math.min(200, 100 + sec) + (sec % 7))).toMatchObject({ isGood: true });
  });

  test("is bad for what goes on growing", () => {
    expect(run(30, (sec) => 200 + sec / 60)).toMatchObject({ isGood: false, growth: expect.closeTo(0.136, 2) });
    expect(run(3, (sec) => 200 + sec)).toMatchObject({ isGood: false });
  });

  test("is none without samples", () => {
    expect(() => judgeMemory([])).toThrow("no samples");
  });
});
