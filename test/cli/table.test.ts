import { describe, expect, test } from "bun:test";
import { toTable } from "../../src/cli/table.ts";

const columns = [
  { title: "NAME", from: ({ name }: { readonly name?: unknown }) => name },
  { title: "N", from: ({ n }: { readonly n?: unknown }) => n, isNumber: true },
];
const table = (rows: object[], width?: number) =>
  toTable(
    columns,
    rows.map((row) => ({ ...row })),
    { width, hasColors: false },
  );

describe("a table", () => {
  test("is as wide as what is in it, with numbers to the right", () => {
    expect(table([{ name: "a", n: 10 }, { name: "long name" }])).toEqual([
      "NAME        N",
      "a          10",
      "long name",
    ]);
  });

  test("cuts its widest column where the terminal is too narrow, then leaves columns out, and in the end cuts its lines", () => {
    expect(table([{ name: "a very long name", n: 10 }], 14)).toEqual(["NAME         N", "a very lo…  10"]);
    expect(table([{ name: "a very long name", n: 10 }], 11)).toEqual(["NAME", "a very lon…"]);
    expect(table([{ name: "a very long name", n: 10 }], 5)).toEqual(["NAME…", "a ve…"]);
  });

  test("counts the columns of wide characters", () => {
    for (const line of table([{ name: "ロビーロビーロビー", n: 1 }], 12))
      expect(Bun.stringWidth(line)).toBeLessThan(13);
  });

  test("lets nobody's name do anything to the terminal", () => {
    expect(table([{ name: "\u001b[2Jx\n\u202e" }])[1]).toBe("\u{fffd}[2Jx\u{fffd}\u{fffd}");
  });
});
