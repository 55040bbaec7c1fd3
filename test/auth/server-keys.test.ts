import { describe, expect, test } from "bun:test";
import { createServerKeys } from "../../src/auth/server-keys.ts";

const OLD = new Uint8Array(32).fill(1);
const NEW = new Uint8Array(32).fill(2);
const endpoint = "sfu1:4433";
const kidOf = (masterKey: Uint8Array) => createServerKeys([masterKey]).derive(endpoint)[0]?.jwk.kid ?? "none";

describe("while one master key takes the place of another", () => {
  const keys = createServerKeys([NEW, OLD]);

  test.each([
    ["the old key, if it was given that one", [kidOf(OLD)], kidOf(OLD)],
    ["the new key, once it was given both", [kidOf(NEW), kidOf(OLD)], kidOf(NEW)],
    ["the oldest, if nobody knows what it was given", undefined, kidOf(OLD)],
    ["none, if it was given neither", ["other"], undefined],
  ])("a server's tokens are signed with %s", (_, held, kid) => {
    expect(keys.findHeld({ endpoint, keys: held })?.jwk.kid).toBe(kid as never);
    expect(keys.isHeldBy({ endpoint, keys: held })).toBe(kid !== undefined);
  });

  test("all keys are derived, newest first", () => {
    expect(keys.derive(endpoint).map(({ jwk }) => jwk.kid)).toEqual([kidOf(NEW) as never, kidOf(OLD) as never]);
  });

  test("tokens of the old key verify until it leaves the list", () => {
    const rotating = createServerKeys([OLD]);
    rotating.register({ endpoint, keys: [kidOf(OLD)] });
    rotating.setMasterKeys([NEW, OLD]);
    expect(rotating.findKey(kidOf(OLD))).toBeDefined();
    expect(rotating.findKey(kidOf(NEW))).toBeUndefined();
    rotating.register({ endpoint, keys: [kidOf(NEW), kidOf(OLD)] });
    expect(rotating.findKey(kidOf(NEW))).toBeDefined();
    rotating.setMasterKeys([NEW]);
    expect(rotating.findKey(kidOf(OLD))).toBeUndefined();
    expect(rotating.findKey(kidOf(NEW))).toBeDefined();
    rotating.forget(endpoint);
    expect(rotating.findKey(kidOf(NEW))).toBeUndefined();
  });
});
