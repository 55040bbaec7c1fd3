import { describe, expect, test } from "bun:test";
import { parseAccessKey } from "../../src/auth/access-key.ts";
import { authenticateClient } from "../../src/auth/authenticate-client.ts";
import { createSigningKey, createVerifyKey, signToken } from "../../src/auth/jwt.ts";
import { createKeyRing } from "../../src/auth/key-ring.ts";
import { createServerKeys } from "../../src/auth/server-keys.ts";
import { SIGNATURES_AT_ONCE } from "../../src/auth/signatures.ts";
import { createTokenReader } from "../../src/auth/token-reader.ts";
import { createVirtualClock } from "../../src/sim/virtual-clock.ts";
import { createCustomer } from "../world.ts";
import { createCountingSignatures } from "./counting-signatures.ts";

const acme = createCustomer("acme");
const jwk = parseAccessKey(acme.accessKey);
const verifyKey = createVerifyKey(jwk);
const signingKey = createSigningKey(jwk);
const sign = (claims: Record<string, unknown>) => signToken(claims, signingKey, SIGNATURES_AT_ONCE);

/** A reader, and how many signatures it has checked. */
function createCountingReader() {
  const clock = createVirtualClock();
  const { signatures, checks } = createCountingSignatures();
  const reader = createTokenReader(signatures, clock.now);
  const read = async (text: string, key = verifyKey) => reader.verify(reader.parse(text), key);
  return { clock, reader, read, checks };
}

describe("a token that comes again", () => {
  test("is not verified twice", async () => {
    const { read, checks } = createCountingReader();
    const token = await sign({ a: 1 });
    for (let i = 0; i < 3; i++) expect(await read(token)).toEqual({ a: 1 });
    expect(checks()).toBe(1);
    expect(await read(await sign({ a: 2 }))).toEqual({ a: 2 });
    expect(checks()).toBe(2);
  });

  test("is verified anew under another key, also one with the same id", async () => {
    const { read, checks } = createCountingReader();
    const token = await sign({ a: 1 });
    await read(token);
    const other = createVerifyKey(parseAccessKey(createCustomer("other").accessKey));
    await expect(read(token, other)).rejects.toThrow("signature does not match");
    await read(token, createVerifyKey(jwk));
    expect(checks()).toBe(3);
  });

  test("is verified anew each time if its signature was no good", async () => {
    const { read, checks } = createCountingReader();
    const token = (await sign({ a: 1 })).replace(/\.[^.]*$/, `.${"B".repeat(85)}A`);
    for (let i = 0; i < 2; i++) await expect(read(token)).rejects.toThrow("signature does not match");
    expect(checks()).toBe(2);
  });

  test("is verified anew after five minutes at the latest, and remembered for half of that at least", async () => {
    const { clock, read, checks } = createCountingReader();
    await clock.sleep(100_000);
    const token = await sign({ a: 1 });
    await read(token);
    await clock.sleep(149_999);
    await read(token);
    expect(checks()).toBe(1);
    await clock.sleep(150_001);
    await read(await sign({ a: 2 }));
    await read(token);
    expect(checks()).toBe(3);
    await clock.sleep(300_000);
    await read(token);
    expect(checks()).toBe(4);
  });

  test("is verified anew when 10,000 others have come", async () => {
    const { read, checks } = createCountingReader();
    const [first = "", ...others] = await Promise.all(Array.from({ length: 10_001 }, (_, n) => sign({ n })));
    await read(first);
    for (const other of others.slice(0, 4_000)) await read(other);
    await read(first);
    expect(checks()).toBe(4_001);
    for (const other of others.slice(4_000)) await read(other);
    await read(first);
    expect(checks()).toBe(10_002);
  });
});

describe("a token that is remembered", () => {
  const ring = (customers: Parameters<typeof createKeyRing>[0]) =>
    createKeyRing(customers, { source: "test", path: "customers", brokenKeys: "refuse" }).keyRing;

  test("is refused at once when its key is gone, and when its time is over", async () => {
    const { clock, reader, checks } = createCountingReader();
    const token = await sign({ rid: "a", uid: "u", exp: clock.now() / 1000 + 60 });
    const serverKeys = createServerKeys([]);
    const authenticate = (keyRing: ReturnType<typeof ring>) =>
      authenticateClient(
        `Bearer ${token}`,
        { keyRing, serverKeys, tokens: reader, unknownCustomers: "forbidden" },
        clock.now(),
      );
    const known = ring([acme.entry]);
    for (let i = 0; i < 2; i++) expect((await authenticate(known)).customer).toBe("acme");
    expect(checks()).toBe(1);
    await expect(authenticate(ring([createCustomer("other").entry]))).rejects.toThrow("has a key of this kid");
    const { entry: changed } = createCustomer("acme");
    const accessKeys = changed.accessKeys.map(({ publicKey }) => ({ publicKey: { ...publicKey, kid: jwk.kid } }));
    await expect(authenticate(ring([{ ...changed, accessKeys }]))).rejects.toThrow("signature does not match");
    await clock.sleep(359_000);
    expect((await authenticate(known)).customer).toBe("acme");
    await clock.sleep(1_000);
    await expect(authenticate(known)).rejects.toThrow("it expired 300 s ago");
  });

  test("that nobody has verified is not: a key that becomes known counts at once", async () => {
    const { clock, reader } = createCountingReader();
    const token = (await sign({ rid: "a", uid: "u" })).replace(/\.[^.]*$/, `.${"B".repeat(85)}A`);
    const authority = {
      serverKeys: createServerKeys([]),
      tokens: reader,
      unknownCustomers: { maxPeers: 1, maxRooms: 1 },
    };
    const authenticate = (keyRing: ReturnType<typeof ring>) =>
      authenticateClient(`Bearer ${token}`, { ...authority, keyRing }, clock.now());
    expect((await authenticate(ring([]))).provenance).toBe("unverified");
    await expect(authenticate(ring([acme.entry]))).rejects.toThrow("signature does not match");
  });
});

test("a header is read once, and a bad one is bad each time", async () => {
  const { reader } = createCountingReader();
  const token = await sign({ a: 1 });
  const headers = Array.from({ length: 1_500 }, (_, i) => ({ alg: "EdDSA", kid: `k${i}` }));
  const withHeader = (header: object) =>
    token.replace(/^[^.]*/, Buffer.from(JSON.stringify(header)).toString("base64url"));
  for (let round = 0; round < 2; round++) {
    for (const header of headers) expect(reader.parse(withHeader(header)).kid).toBe(header.kid);
    expect(() => reader.parse(withHeader({ alg: "none", kid: "k1" }))).toThrow("alg must be EdDSA");
  }
});
