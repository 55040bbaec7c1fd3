import { expect, test } from "bun:test";
import { createUnshared } from "../../../src/store/redis/unshared.ts";
import { createTempFolder } from "../../temp-folder.ts";

test("remembers over a restart for whom a gateway acted alone", () => {
  using folder = createTempFolder();
  const file = folder.file("unshared");
  const before = createUnshared(file);
  before.add("acme");
  before.add('odd "name"\n');
  const after = createUnshared(file);
  expect(after.all()).toEqual(["acme", 'odd "name"\n']);
  for (const customer of after.all()) after.delete(customer, after.stamp(customer));
  expect(createUnshared(file).all()).toEqual([]);
});

test("goes on in memory where the disk takes nothing", () => {
  const unshared = createUnshared("/nowhere/at/all/unshared.json");
  unshared.add("acme");
  expect(unshared.has("acme")).toBe(true);
});

test("passes over a line that was cut off", () => {
  using folder = createTempFolder({ unshared: '"acme"\n"zet' });
  expect(createUnshared(folder.file("unshared")).all()).toEqual(["acme"]);
});

test("does not forget for whom a gateway acted again while it told of the first time", () => {
  const unshared = createUnshared(undefined);
  unshared.add("acme");
  const told = unshared.stamp("acme");
  unshared.add("acme");
  unshared.delete("acme", told);
  expect(unshared.has("acme")).toBe(true);
  unshared.delete("acme", unshared.stamp("acme"));
  expect([unshared.has("acme"), unshared.stamp("acme")]).toEqual([false, 0]);
});
