import { expect, test } from "bun:test";
import fc from "fast-check";
import { hasKeyTwice } from "../../src/auth/key-twice.ts";

/** A JSON text, and whether an object in it has a key twice. */
interface Written {
  readonly text: string;
  readonly isTwice: boolean;
}

const key = fc.constantFrom("a", "b", "rid", "a:b", '"', "", "__proto__");
const blank = fc.constantFrom("", "", " ", "\n");

/** JSON as somebody may write it: with blanks, escapes and colons in texts, and keys that come again. */
const { json } = fc.letrec<{ json: Written; object: Written; list: Written; leaf: Written }>((tie) => ({
  json: fc.oneof({ maxDepth: 4 }, tie("leaf"), tie("object"), tie("list")),
  leaf: fc
    .oneof(fc.constantFrom("a:b", '"rid":1', ":"), fc.integer(), fc.boolean(), fc.constant(null))
    .map((value) => ({ text: JSON.stringify(value), isTwice: false })),
  list: fc.array(tie("json"), { maxLength: 4 }).map((entries) => ({
    text: `[${entries.map(({ text }) => text).join(",")}]`,
    isTwice: entries.some(({ isTwice }) => isTwice),
  })),
  object: fc
    .array(fc.record({ key, isEscaped: fc.boolean(), before: blank, after: blank, value: tie("json") }), {
      maxLength: 4,
    })
    .map((entries) => ({
      text: `{${entries
        .map(({ key, isEscaped, before, after, value }) => `${before}${write(key, isEscaped)}${after}:${value.text}`)
        .join(",")}}`,
      isTwice:
        new Set(entries.map(({ key }) => key)).size < entries.length || entries.some(({ value }) => value.isTwice),
    })),
}));

function write(key: string, isEscaped: boolean): string {
  if (!isEscaped) return JSON.stringify(key);
  return `"${Array.from(key, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"`;
}

test("an object that has a key twice is found, however it is written, and no other", () => {
  fc.assert(
    fc.property(json, ({ text, isTwice }) => {
      expect(hasKeyTwice(text, JSON.parse(text))).toBe(isTwice);
    }),
    { numRuns: 2_000 },
  );
});
