import { describe, expect, test } from "bun:test";
import {
  formatClock,
  formatCount,
  formatDateTime,
  formatDuration,
  formatLatency,
  formatLoad,
  formatMany,
  formatName,
  formatRate,
  formatShare,
} from "../../../src/dashboard/page/model/format.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

describe("figures", () => {
  test.each([
    [0, "0 s"],
    [-5, "0 s"],
    [14.9 * SECOND, "14 s"],
    [59.9 * SECOND, "59 s"],
    [5 * MINUTE + 30 * SECOND, "5 min"],
    [HOUR, "1 h"],
    [2 * HOUR + 5 * MINUTE, "2 h 5 min"],
    [49 * HOUR, "2 d 1 h"],
  ])("%d ms last %p", (ms, expected) => {
    expect(formatDuration(ms)).toBe(expected);
  });

  test.each([
    [null, "–"],
    [0.4231, "0.42 ms"],
    [12.34, "12.3 ms"],
    [123.4, "123 ms"],
    [1_500, "1.50 s"],
  ])("a latency of %p ms is %p", (ms, expected) => {
    expect(formatLatency(ms)).toBe(expected);
  });

  test("of counts, rates, loads and shares have the digits that matter", () => {
    expect([formatCount(1_234_567), formatCount(0)]).toEqual(["1,234,567", "0"]);
    expect([formatRate(0), formatRate(0.44), formatRate(2), formatRate(1_234.5)]).toEqual(["0", "0.4", "2", "1,235"]);
    expect([formatLoad(0.966), formatLoad(1.02)]).toEqual(["0.97", "1.02"]);
    expect([formatShare(0), formatShare(0.0312), formatShare(0.5)]).toEqual(["0 %", "3.1 %", "50 %"]);
    expect([formatMany(1, "room"), formatMany(2, "room"), formatMany(2, "entry", "entries")]).toEqual([
      "1 room",
      "2 rooms",
      "2 entries",
    ]);
  });

  test("of time are those of the reader's place, with the day if it is another one", () => {
    const noon = new Date(2026, 2, 2, 12, 5, 9).getTime();
    expect(formatClock(noon, noon + HOUR)).toBe("12:05");
    expect(formatClock(noon, noon + 24 * HOUR)).toBe("2026-03-02 12:05");
    expect(formatDateTime(noon)).toBe("2026-03-02 12:05:09");
  });

  test("names show what cannot be seen in them", () => {
    expect(formatName("\u202egnp.exe")).toBe("\ufffdgnp.exe");
    expect(formatName("\u200b")).toBe("\ufffd");
    expect(formatName("lobby é 日本 {m}x")).toBe("lobby é 日本 {m}x");
  });
});
