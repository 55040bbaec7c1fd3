import { expect, test } from "bun:test";
import { createFifo } from "../../src/webhooks/fifo.ts";

test("a queue gives what is there in its order, and passes over what is gone only once", () => {
  const there = new Set<number>();
  let looks = 0;
  const fifo = createFifo<number>((item) => {
    looks++;
    return there.has(item);
  });
  for (let item = 0; item < 50_000; item++) {
    there.add(item);
    fifo.push(item);
  }
  for (let item = 0; item < 40_000; item++) {
    const [first] = fifo.values();
    expect(first).toBe(item);
    there.delete(item);
  }
  expect(looks).toBeLessThan(200_000);
  there.delete(45_000);
  expect([...fifo.values()]).toEqual(Array.from({ length: 10_000 }, (_, i) => 40_000 + i).filter((i) => i !== 45_000));
  fifo.clear();
  expect([...fifo.values()]).toEqual([]);
});
