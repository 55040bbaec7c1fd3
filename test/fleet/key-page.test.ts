import { describe, expect, test } from "bun:test";
import { takeKeyPage } from "../../src/fleet/key-page.ts";
import { createSeededRandom } from "../../src/sim/random.ts";

/** All pages one after the other. */
function readAll(keys: () => Iterable<string>, limit: number): string[][] {
  const pages: string[][] = [];
  let after: string | undefined;
  do {
    const { items, next } = takeKeyPage(keys(), (key) => key, { after, limit });
    pages.push([...items]);
    after = next;
  } while (after !== undefined);
  return pages;
}

describe("pages by key", () => {
  test.each([1, 7, 1_000, 4_999, 5_000, 10_000])(
    "of %i give everything once, in order, whatever the order was",
    (limit) => {
      const random = createSeededRandom(limit);
      const sorted = Array.from({ length: 5_000 }, (_, i) => `key-${String(i).padStart(5, "0")}`);
      const shuffled = sorted
        .map((key) => ({ key, at: random() }))
        .sort((a, b) => a.at - b.at)
        .map(({ key }) => key);
      const few = limit < 10 ? 50 : 5_000;
      for (const keys of [sorted, sorted.toReversed(), shuffled]) {
        const kept = keys.filter((key) => key < (sorted[few] ?? "z"));
        const pages = readAll(() => kept, limit);
        expect(pages.flat()).toEqual(sorted.slice(0, few));
        expect(pages).toHaveLength(Math.ceil(few / limit));
      }
    },
  );

  test("lose and repeat nothing while others come and go, the one at which a page ended too", () => {
    const keys = new Set(["a", "c", "e", "g"]);
    const first = takeKeyPage(keys, (key) => key, { limit: 2 });
    expect(first).toEqual({ items: ["a", "c"], next: "c" });
    keys.delete("c");
    keys.add("b").add("d");
    expect(takeKeyPage(keys, (key) => key, { after: first.next, limit: 9 })).toEqual({
      items: ["d", "e", "g"],
      next: undefined,
    });
  });
});
