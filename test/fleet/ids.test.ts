import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { hashTag, isName, toGroupKey, toRoomKey } from "../../src/fleet/ids.ts";

describe("hashTag", () => {
  test.each([
    ["plain", "plain"],
    ["{match-7}red", "match-7"],
    ["red{match-7}", "match-7"],
    ["{g}x", "g"],
    ["{}x", "{}x"],
    ["{}{b}", "{}{b}"],
    ["{b", "{b"],
    ["b}", "b}"],
    ["{{b}}", "{b"],
    ["x}y{z}", "z"],
  ])("of %p is %p", (room, tag) => {
    expect(hashTag(room)).toBe(tag);
  });

  test("an unclosed brace does not share a group with the closed tag", () => {
    expect(toGroupKey("p", "n", "{b")).not.toBe(toGroupKey("p", "n", "{b}"));
  });

  test("a room and the tag of its name are one group", () => {
    expect(toGroupKey("p", "n", "g")).toBe(toGroupKey("p", "n", "{g}x"));
  });
});

describe("keys", () => {
  test("never coincide for different parts", () => {
    const part = fc.string({ unit: fc.constantFrom("1", "2", ":", "a", "\0"), maxLength: 4 });
    fc.assert(
      fc.property(fc.tuple(part, part, part), fc.tuple(part, part, part), (a, b) => {
        expect(toRoomKey(...a) === toRoomKey(...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("isName", () => {
  test.each([
    ["a", true],
    ["ä".repeat(127), true],
    ["a".repeat(255), true],
    ["", false],
    ["a".repeat(256), false],
    ["ä".repeat(128), false],
    ["\ud800", false],
    [7, false],
    [null, false],
  ])("of %p is %p", (value, expected) => {
    expect(isName(value)).toBe(expected);
  });
});
