import { expect, test } from "bun:test";
import fc from "fast-check";
import { createPagedList } from "../../src/fleet/paged-list.ts";

test("does what an array does", () => {
  const steps = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ do: fc.constant("push" as const), value: fc.nat() }) },
      fc.record({ do: fc.constant("pop" as const), value: fc.nat() }),
      fc.record({ do: fc.constant("set" as const), value: fc.nat() }),
    ),
    { maxLength: 1_000, size: "max" },
  );
  fc.assert(
    fc.property(steps, (run) => {
      const list = createPagedList<number>();
      const array: number[] = [];
      for (const { do: what, value } of run) {
        if (what === "push") {
          list.push(value);
          array.push(value);
        } else if (what === "pop") expect(list.pop()).toBe(array.pop());
        else if (array.length > 0) {
          list.set(value % array.length, value);
          array[value % array.length] = value;
        }
        expect(list.length).toBe(array.length);
      }
      expect([...list]).toEqual(array);
    }),
  );
});
