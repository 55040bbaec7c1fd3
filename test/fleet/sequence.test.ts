import { describe, expect, test } from "bun:test";
import { createSequence, takePage } from "../../src/fleet/sequence.ts";

describe("a sequence", () => {
  test("gives those that are there, from any place on, also after it was swept", () => {
    const there = new Set<number>();
    const sequence = createSequence<{ seq: number }>(({ seq }) => there.has(seq));
    for (let seq = 1; seq <= 10_000; seq++) {
      there.add(seq);
      there.delete(seq - 50);
      sequence.add({ seq });
    }
    const seqs = (after: number) => [...sequence.after(after)].map(({ seq }) => seq);
    expect(seqs(0)).toEqual([...there]);
    expect(seqs(9_997)).toEqual([9_998, 9_999, 10_000]);
    expect(seqs(10_000)).toEqual([]);
  });

  test("does not hold what is gone", () => {
    let looks = 0;
    const sequence = createSequence<{ seq: number }>(({ seq }) => {
      looks++;
      return seq % 1_000 === 0;
    });
    for (let seq = 1; seq <= 200_000; seq++) sequence.add({ seq });
    looks = 0;
    expect([...sequence.after(0)]).toHaveLength(200);
    expect(looks).toBeLessThan(5_000);
  });

  test("gives pages that end where the next one begins, and the last one without a next", () => {
    const sequence = createSequence<{ seq: number }>(() => true);
    for (let seq = 1; seq <= 4; seq++) sequence.add({ seq });
    const isEven = ({ seq }: { seq: number }) => seq % 2 === 0;
    expect(takePage(sequence, { after: 0, limit: 1 }, isEven)).toEqual({ items: [{ seq: 2 }], next: 2 });
    expect(takePage(sequence, { after: 2, limit: 1 }, isEven)).toEqual({ items: [{ seq: 4 }], next: undefined });
  });
});
