import { expect, test } from "bun:test";
import { whenThere } from "../src/awaitable.ts";

test("a value that is there is used at once, and one that comes later when it is there", async () => {
  expect(whenThere(2, (value) => value + 1)).toBe(3);
  const later = whenThere(Promise.resolve(2), (value) => value + 1);
  expect(later).toBeInstanceOf(Promise);
  expect(await later).toBe(3);
});

test("what goes wrong is thrown for a value that is there, and rejected for one that comes later", async () => {
  const fail = () => {
    throw new Error("no");
  };
  expect(() => whenThere(1, fail)).toThrow("no");
  await expect(whenThere(Promise.resolve(1), fail)).rejects.toThrow("no");
  await expect(whenThere(Promise.reject(new Error("never")), fail)).rejects.toThrow("never");
});
