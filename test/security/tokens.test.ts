import { describe, expect, test } from "bun:test";
import { createPublicKey } from "node:crypto";
import { authenticateClient } from "../../src/auth/authenticate-client.ts";
import { beginsWithSmallOrder, findPublicKeyFault } from "../../src/auth/ed25519.ts";
import { createKeyRing } from "../../src/auth/key-ring.ts";
import { createServerKeys } from "../../src/auth/server-keys.ts";
import { SIGNATURES_AT_ONCE } from "../../src/auth/signatures.ts";
import { createTokenReader } from "../../src/auth/token-reader.ts";
import { createCountingSignatures } from "../auth/counting-signatures.ts";
import { createWorld } from "../world.ts";
import { createHostileClaims } from "./hostile-claims.ts";
import { createHostileHeaders } from "./hostile-headers.ts";
import { createHostileShapes } from "./hostile-shapes.ts";
import { createHostileSignatures, createMixedCustomer, createMixedToken } from "./hostile-signatures.ts";
import speccheck from "./speccheck.json";
import { startListener } from "./start-listener.ts";
import { createTokenMaker, type HostileToken } from "./token-maker.ts";

const NOW = Date.UTC(2026, 0, 1);
const SEC = NOW / 1000;
const maker = createTokenMaker(SEC);
const mallory = createTokenMaker(SEC);
const mixed = createMixedCustomer(createTokenMaker(SEC));

const none = Number.POSITIVE_INFINITY;
const toCustomer = (id: string, kid: string, x: string) => ({
  id,
  maxPeers: none,
  maxRooms: none,
  accessKeys: [{ publicKey: { kid, kty: "OKP" as const, crv: "Ed25519" as const, x } }],
});
const customers = [toCustomer("acme", maker.jwk.kid, maker.jwk.x), toCustomer("mixed", mixed.kid, mixed.x)];

const corpus: Readonly<Record<string, readonly HostileToken[]>> = {
  shapes: createHostileShapes(maker),
  headers: createHostileHeaders(maker, mallory),
  claims: createHostileClaims(maker, SEC),
  signatures: createHostileSignatures(maker, mallory, mixed),
};

const { header, claims, signParts, withHeader, withClaims } = maker;
/** What looks odd and is good: what the gateway ignores can do no harm. */
const odd: readonly (readonly [string, string])[] = [
  ["as most have it", signParts(header)],
  ...["JWT", "jwt", "at+jwt", "JOSE", "", null, 7, {}].map(
    (typ) => [`with typ ${JSON.stringify(typ)}`, withHeader({ typ })] as const,
  ),
  ["with cty", withHeader({ cty: "JWT" })],
  ["with crv Ed25519", withHeader({ crv: "Ed25519" })],
  [
    "with a jku that nobody asks",
    withHeader({ jku: "https://mallory.example/jwks.json", x5c: [], jwk: mallory.publicJwk }),
  ],
  ["with __proto__ in its header", signParts(`{"__proto__":{"alg":"none"},"alg":"EdDSA","kid":"${header.kid}"}`)],
  ["without exp and nbf", signParts(header, { rid: "lobby", uid: "u" })],
  ["with exp as late as can be", withClaims({ exp: 2 ** 53 - 1 })],
  ["with exp at nbf", withClaims({ exp: SEC, nbf: SEC })],
  ["with exp in powers of ten", signParts(header, `{"rid":"a","uid":"u","exp":1.9e9}`)],
  ["with nbf 0", withClaims({ nbf: 0 })],
  ["in lines and blanks", signParts(header, JSON.stringify(claims, null, 2))],
  ["with escapes", signParts(header, '{"rid":"\\u006cobby\\/","uid":"\\ud83d\\ude00"}')],
  ["with keys that differ in case", signParts(header, '{"rid":"a","RID":"b","uid":"u"}')],
  ["with one key in two objects", signParts(header, '{ "rid":"a","uid":"u","x":{"uid":1},"y":[{"uid":1},{"uid":2}]}')],
  [
    "with a claim nested deeply",
    signParts(header, `{"rid":"a","uid":"u","x":${"[".repeat(2_500)}${"]".repeat(2_500)}}`),
  ],
  [
    "with __proto__ and constructor",
    signParts(header, '{"rid":"a","uid":"u","__proto__":{"uid":"v"},"constructor":1}'),
  ],
  ["of a key with a part of small order, good without the cofactor", createMixedToken(mixed, claims)],
];

/** A gateway that listens, and what it answers to a Connect with a token. */
function createListener() {
  const world = createWorld({ customers }, undefined, undefined, { startMs: NOW });
  const listener = startListener(world);
  return {
    world,
    async connect(token: string) {
      const response = await listener.post(token, '{"jsonrpc":"2.0","id":1,"method":"Connect"}');
      const text = await response.text();
      return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
    },
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

/** A key ring without HTTP around it, and how many signatures it has checked. */
function createCounter() {
  const { signatures, checks } = createCountingSignatures();
  const { keyRing } = createKeyRing(customers, { source: "test", path: "customers", brokenKeys: "refuse" });
  const tokens = createTokenReader(signatures, () => NOW);
  const authority = { keyRing, serverKeys: createServerKeys([]), tokens, unknownCustomers: "forbidden" } as const;
  return {
    /** Number of checks that a token takes. */
    async count(token: string): Promise<number> {
      const before = checks();
      await authenticateClient(`Bearer ${token}`, authority, NOW).catch(() => {});
      return checks() - before;
    },
  };
}

describe("a hostile token", () => {
  test.each(Object.entries(corpus))("gets 401 and the reason over HTTP: %s", async (kind, tokens) => {
    await using listener = createListener();
    const failures: string[] = [];
    const statuses = new Map<number, number>();
    for (const { name, token, reason } of tokens) {
      const { status, body } = await listener.connect(token);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const message: unknown = body?.error?.message;
      const isRight = status === 401 && typeof message === "string" && message.startsWith("invalid token: ");
      if (!isRight || !message.includes(reason)) failures.push(`${name}: ${status} ${message}, expected ${reason}`);
    }
    expect(failures).toEqual([]);
    expect((await listener.connect(signParts(header))).body.error.message).toBe("no server available");
    const count = (isCounted: (status: number) => boolean) =>
      [...statuses].reduce((sum, [status, times]) => sum + (isCounted(status) ? times : 0), 0);
    process.stderr.write(
      `| hostile tokens: ${kind} | ${tokens.length} | ${count((status) => status < 400)} | ${count((status) => status >= 500)} | 0 |\n`,
    );
  });

  test("has its signature checked only under a key that a customer has, and only if all else is well", async () => {
    const counter = createCounter();
    const wrong: string[] = [];
    for (const { name, token, isChecked } of Object.values(corpus).flat()) {
      const checks = await counter.count(token);
      if (checks !== Number(isChecked)) wrong.push(`${name}: ${checks}`);
    }
    expect(wrong).toEqual([]);
    expect(await counter.count(signParts(header))).toBe(1);
  });

  test("has a name of its own, and is another than all others", () => {
    const tokens = Object.values(corpus).flat();
    for (const all of [tokens.map(({ name }) => name), tokens.map(({ token }) => token)])
      expect(all.filter((each, n) => all.indexOf(each) !== n)).toEqual([]);
    expect(tokens.length).toBeGreaterThan(500);
  });

  test("of a megabyte gets no further than Bun, whose headers end at 16 KiB", async () => {
    await using listener = createListener();
    const token = withHeader({ kid: "x".repeat(1_000_000) });
    expect((await listener.connect(token).catch(() => ({ status: 431 }))).status).toBe(431);
    expect((await listener.connect(signParts(header))).status).toBe(200);
  });
});

test("a token that only looks odd is taken", async () => {
  await using listener = createListener();
  const refused: string[] = [];
  for (const [name, token] of odd) {
    const { status, body } = await listener.connect(token);
    if (status !== 200) refused.push(`${name}: ${status} ${body.error.message}`);
  }
  expect(refused).toEqual([]);
});

describe("the twelve cases of ed25519-speccheck", () => {
  /** What stops each of them; nothing stops the one that is taken. */
  const STOPPED_BY = [...["key", "key", "R", undefined, "check", "check", "check", "check", "R", "R", "key", "key"]];

  test.each(speccheck.map((vector, n) => ({ n, ...vector })))("$n", ({ n, message, publicKey, signature }) => {
    const x = Buffer.from(publicKey, "hex").toString("base64url");
    const bytes = new Uint8Array(Buffer.from(signature, "hex"));
    const verify = () => {
      const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
      return SIGNATURES_AT_ONCE.verify(Buffer.from(message, "hex"), key, bytes);
    };
    const stoppedBy =
      findPublicKeyFault(x) !== undefined ? "key" : beginsWithSmallOrder(bytes) ? "R" : verify() ? undefined : "check";
    expect(stoppedBy).toBe(STOPPED_BY[n]);
  });
});
