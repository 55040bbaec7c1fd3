import { hash } from "node:crypto";
import { parseToken, readKeyId, type UnverifiedToken, type VerifyKey, verifyToken } from "./jwt.ts";
import type { Signatures } from "./signatures.ts";

/** Reads tokens as they come in, and remembers what costs time to find out twice. */
export interface TokenReader {
  /** As `parseToken`. */
  readonly parse: (text: string) => UnverifiedToken;
  /** As `verifyToken`. What it gives may be given again, and is not to be changed. */
  readonly verify: (token: UnverifiedToken, key: VerifyKey) => Promise<unknown>;
}

/** A signature that was good under a key. */
interface Verified {
  readonly key: VerifyKey;
  readonly payload: unknown;
}

const MAX_HEADERS = 1_000;
const MAX_VERIFIED = 5_000;
const REMEMBER_MS = 150_000;
/** Longer tokens are rare, and would take too much room. */
const MAX_REMEMBERED_LENGTH = 2_048;

/**
 * Creates a reader. Backends write all their headers alike, so those are remembered as they stand. Clients who are in trouble
 * come again with the token they have: one whose signature was good under a key is good as long as the key is the same, so at
 * most 10,000 of them are remembered by their SHA-256 for up to five minutes. Whatever else can make a token bad is judged anew
 * each time. `now` gives milliseconds.
 */
export function createTokenReader(signatures: Signatures, now: () => number): TokenReader {
  const keyIds = new Map<string, string>();
  let young = new Map<string, Verified>();
  let old = new Map<string, Verified>();
  let turnAt = now() + REMEMBER_MS;

  function findKeyId(header: string): string {
    const known = keyIds.get(header);
    if (known !== undefined) return known;
    const kid = readKeyId(header);
    if (keyIds.size >= MAX_HEADERS) keyIds.clear();
    // A copy: a part of a text keeps the whole of it in memory.
    keyIds.set(Buffer.from(header, "latin1").toString("latin1"), kid);
    return kid;
  }

  function remember(id: string, verified: Verified): void {
    if (young.size >= MAX_VERIFIED) turn();
    young.set(id, verified);
  }

  function turn(): void {
    old = young;
    young = new Map();
    turnAt = now() + REMEMBER_MS;
  }

  return {
    parse: (text) => parseToken(text, findKeyId),
    async verify(token, key) {
      if (token.text.length > MAX_REMEMBERED_LENGTH) return verifyToken(token, key, signatures);
      if (now() >= turnAt) turn();
      const id = hash("sha256", token.text, "base64");
      const known = young.get(id) ?? old.get(id);
      if (known?.key === key) return known.payload;
      const payload = await verifyToken(token, key, signatures);
      remember(id, { key, payload });
      return payload;
    },
  };
}
