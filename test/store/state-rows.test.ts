import { expect, test } from "bun:test";
import fc from "fast-check";
import type { SavedChanges } from "../../src/fleet/saved-state.ts";
import { parseRows, toText } from "../../src/store/state-rows.ts";

test("rows come out as they went in, whatever is in their keys and values", () => {
  const key = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("a\tb", "a\nb", "", "\u2028", '"'));
  const rows = fc.array(fc.tuple(key, fc.option(fc.jsonValue(), { nil: undefined })));
  const numbered = fc.array(fc.tuple(fc.nat(), fc.option(fc.jsonValue(), { nil: undefined })));
  const changes = fc.record({
    isEverything: fc.boolean(),
    servers: rows,
    listings: rows,
    groups: rows,
    bans: rows,
    tasks: numbered,
    times: rows,
  });
  fc.assert(
    fc.property(changes, ({ isEverything, ...tables }) => {
      const text = toText({ isEverything, ...tables } as unknown as SavedChanges);
      const { isEverything: isAll, ...read } = parseRows(text);
      expect(isAll).toBe(isEverything);
      for (const [name, expected] of Object.entries(tables))
        expect(read[name as keyof typeof tables]).toEqual(
          expected.map(([of, value]) => [of, value === undefined ? undefined : JSON.stringify(value)]),
        );
    }),
  );
});
