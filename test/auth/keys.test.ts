import { describe, expect, test } from "bun:test";
import { createAccessKey, parseAccessKey } from "../../src/auth/access-key.ts";
import { findPublicKeyFault } from "../../src/auth/ed25519.ts";
import { isKeyIdOf } from "../../src/auth/key-id.ts";
import { deriveServerKey } from "../../src/auth/server-key.ts";
import vectors from "../vectors.json";

describe("access keys", () => {
  test.each(vectors.accessKeys)(
    "$accessKey gives the seed, public key and key id of the vectors",
    ({ accessKey, seed, publicKey, kid }) => {
      expect(parseAccessKey(accessKey)).toMatchObject({ d: seed, x: publicKey, kid });
      expect(isKeyIdOf("customer", kid)).toBe(true);
      expect(isKeyIdOf("server", kid)).toBe(false);
    },
  );

  test.each(vectors.invalidAccessKeys)("refuses one that is wrong: $why", ({ accessKey }) => {
    expect(() => parseAccessKey(accessKey)).toThrow(/^the access key/);
  });

  test("never quotes the key in an error", () => {
    const [wrong] = vectors.invalidAccessKeys;
    expect(() => parseAccessKey(wrong?.accessKey ?? "")).not.toThrow(wrong?.accessKey ?? "");
  });

  test("that are made parse again, and differ", () => {
    const keys = Array.from({ length: 50 }, () => createAccessKey());
    for (const key of keys) expect(parseAccessKey(key).kid).toHaveLength(12);
    expect(new Set(keys).size).toBe(50);
  });

  test("take 31 random bytes", () => {
    expect(() => createAccessKey(new Uint8Array(32))).toThrow("31 random bytes");
  });
});

describe("server keys", () => {
  test.each(vectors.serverKeys)("of $endpoint is the one of the vectors", ({ masterKey, endpoint, jwk }) => {
    expect(deriveServerKey(Uint8Array.fromBase64(masterKey), endpoint)).toEqual({
      ...jwk,
      kty: "OKP",
      crv: "Ed25519",
      kid: jwk.kid as never,
    });
  });
});

describe("public keys", () => {
  test("of the vectors are good", () => {
    for (const { publicKey } of vectors.accessKeys) expect(findPublicKeyFault(publicKey)).toBeUndefined();
  });

  const point = (hex: string) => Buffer.from(hex, "hex").toString("base64url");
  test.each([
    ["short", point("00".repeat(31)), "must be 32 bytes"],
    ["padded", `${point("01".repeat(32))}=`, "must be 32 bytes"],
    ["not base64url", "ä".repeat(43), "must be 32 bytes"],
    ["the neutral element", point(`01${"00".repeat(31)}`), "small order"],
    ["a point of order 2", point(`ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f`), "small order"],
    ["a point of order 8", point("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "small order"],
    [
      "not canonical",
      point(`eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f`),
      "not a canonical point",
    ],
    ["no point of the curve", point(`02${"00".repeat(31)}`), "not a canonical point"],
  ])("refuses one that is %s", (_, x, fault) => {
    expect(findPublicKeyFault(x)).toContain(fault);
  });
});
