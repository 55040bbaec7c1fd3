import { expect, test } from "bun:test";
import { createUnshared } from "../../../src/store/redis/unshared.ts";
import { createTempFolder } from "../../temp-folder.ts";

test("remembers over a restart for whom a gateway acted alone", () => {
  using folder = createTempFolder();
  const file = folder.file("unshared.json");
  const before = createUnshared(file);
  before.add("acme");
  before.add("zeta");
  before.delete("zeta");
  const after = createUnshared(file);
  expect(after.all()).toEqual(["acme"]);
  expect(after.has("acme")).toBe(true);
});

test("goes on in memory where the disk takes nothing", () => {
  const unshared = createUnshared("/nowhere/at/all/unshared.json");
  unshared.add("acme");
  expect(unshared.has("acme")).toBe(true);
});

test("begins with nothing where the file is broken", () => {
  using folder = createTempFolder({ "unshared.json": "[" });
  expect(createUnshared(folder.file("unshared.json")).all()).toEqual([]);
});
