import { describe, expect, test } from "bun:test";
import { compactVerify, importJWK } from "jose";
import { createAccessKey, parseAccessKey } from "../../src/auth/access-key.ts";
import { createSigningKey, createVerifyKey, parseToken, signToken, verifyToken } from "../../src/auth/jwt.ts";
import { SIGNATURES_AT_ONCE } from "../../src/auth/signatures.ts";

const jwk = parseAccessKey(createAccessKey());
const { d: _, ...publicJwk } = jwk;
const key = createSigningKey(jwk);
const verifyKey = createVerifyKey(jwk);
const sign = (claims: Record<string, unknown>) => signToken(claims, key, SIGNATURES_AT_ONCE);
const verify = (text: string) => verifyToken(parseToken(text), verifyKey, SIGNATURES_AT_ONCE);

/** A token that is signed by the key, whatever its two parts are. */
function signParts(header: string, payload: string): string {
  const signed = `${header}.${payload}`;
  return `${signed}.${Buffer.from(SIGNATURES_AT_ONCE.sign(Buffer.from(signed), key.key()) as Buffer).toString("base64url")}`;
}

const encode = (bytes: string | Uint8Array) => Buffer.from(bytes as string).toString("base64url");
const toNumber = (bytes: Uint8Array) => bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
const toBytes = (number: bigint) => Uint8Array.from({ length: 32 }, (_, i) => Number((number >> BigInt(8 * i)) & 255n));

/** Order of the group that signatures live in (RFC 8032 section 5.1). */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

describe("a signed token", () => {
  test("is what jose takes, with its claims in order", async () => {
    const token = await sign({ z: "ä😀", a: 1 });
    const { payload, protectedHeader } = await compactVerify(token, await importJWK(publicJwk, "EdDSA"));
    expect(protectedHeader).toEqual({ alg: "EdDSA", kid: jwk.kid });
    expect(new TextDecoder().decode(payload)).toBe('{"z":"ä😀","a":1}');
  });

  test("verifies, and gives its payload back", async () => {
    for (let length = 0; length < 9; length++) {
      const claims = { text: "x".repeat(length) };
      expect(await verify(await sign(claims))).toEqual(claims);
    }
  });

  test("verifies with no second signature that somebody makes of the first (RFC 8032 section 8.4)", async () => {
    const token = await sign({ a: 1 });
    const signature = Buffer.from(token.slice(-86), "base64url");
    const s = toNumber(signature.subarray(32));
    for (const other of [s + ORDER, s + 8n * ORDER, s | (1n << 255n)]) {
      const twin = encode(Buffer.concat([signature.subarray(0, 32), toBytes(other)]));
      await expect(verify(token.slice(0, -86) + twin)).rejects.toThrow("signature does not match");
    }
    await expect(verify(token.slice(0, -86) + encode(new Uint8Array(64)))).rejects.toThrow("R of small order");
  });
});

describe("a token whose signature is good", () => {
  const payload = encode('{"a":1}');

  test.each([
    ["a payload that is no UTF-8", encode(Uint8Array.from([0x22, 0xff, 0x22])), "its payload is not JSON"],
    ["a payload that is no JSON", encode("{"), "its payload is not JSON"],
    ["a payload with bits that encode nothing", `${payload.slice(0, -1)}R`, "not in canonical base64url"],
    ["a payload of an impossible length", `${payload}AAA`, "not in canonical base64url"],
  ])("is refused with %s", async (_, wrong, reason) => {
    expect(await verify(signParts(key.header, payload))).toEqual({ a: 1 });
    expect(wrong).not.toBe(payload);
    await expect(async () => verify(signParts(key.header, wrong))).toThrow(reason);
  });

  test.each([
    ["a list", encode("[]"), "not a JSON object"],
    ["null", encode("null"), "not a JSON object"],
    ["no JSON", encode("{"), "not a JSON object"],
    ["no UTF-8", encode(Uint8Array.from([0x7b, 0xff, 0x7d])), "not a JSON object"],
    ["no canonical base64url", `${encode('{"alg":"EdDSA","kid":"a"}')}AAA`, "not in canonical base64url"],
  ])("is refused with a header that is %s", async (_, header, reason) => {
    await expect(async () => verify(signParts(header, payload))).toThrow(reason);
  });
});
