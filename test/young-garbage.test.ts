import { expect, test } from "bun:test";
import { createYoungGarbage } from "../src/young-garbage.ts";

/** What notes texts in a heap of that size, and how often garbage was collected. */
function createCounted(heapBytes: number) {
  let collections = 0;
  const note = createYoungGarbage(
    () => collections++,
    () => heapBytes,
  );
  return { note, count: () => collections };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test("young garbage is collected after every three megabytes of text, and not before the answer went out", async () => {
  const { note, count } = createCounted(300_000_000);
  for (let i = 0; i < 5; i++) note(2 ** 19);
  await nextTurn();
  expect(count()).toBe(0);
  note(2 ** 19);
  expect(count()).toBe(0);
  await nextTurn();
  expect(count()).toBe(1);
  note(2 ** 19);
  await nextTurn();
  expect(count()).toBe(1);
});

test("young garbage is collected at once when there is twice as much and the event loop has not turned, and then no more", async () => {
  const { note, count } = createCounted(300_000_000);
  for (let i = 0; i < 11; i++) note(2 ** 19);
  expect(count()).toBe(0);
  note(2 ** 19);
  expect(count()).toBe(1);
  await nextTurn();
  expect(count()).toBe(1);
});

test("young garbage of a large heap is collected after more text, as the collection takes longer", async () => {
  const { note, count } = createCounted(650 * 2 ** 20);
  for (let i = 0; i < 12; i++) {
    note(2 ** 20);
    await nextTurn();
  }
  // After three megabytes, when it is not known yet how large the heap is, and after ten more.
  expect(count()).toBe(1);
  note(2 ** 20);
  await nextTurn();
  expect(count()).toBe(2);
});
