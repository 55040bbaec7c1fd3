import { hash } from "node:crypto";
import { type Awaitable, whenThere } from "../awaitable.ts";
import {
  notSigned,
  parseToken,
  readKeyId,
  readPayload,
  type UnverifiedToken,
  type VerifyKey,
  verifySignature,
} from "./jwt.ts";
import type { Signatures } from "./signatures.ts";

/** Reads tokens as they come in, and remembers what costs time to find out twice. */
export interface TokenReader {
  /** As `parseToken`. */
  readonly parse: (text: string) => UnverifiedToken;
  /** As `verifyToken`, but at once where that can be. */
  readonly verify: (token: UnverifiedToken, key: VerifyKey) => Awaitable<unknown>;
}

const MAX_HEADERS = 1_000;
const MAX_VERIFIED = 5_000;
const REMEMBER_MS = 150_000;

/**
 * Creates a reader. Backends write all their headers alike, so those are remembered as they stand. Clients who are in trouble
 * come again with the token they have: one whose signature was good under a key is good as long as the key is the same. The
 * SHA-256 of at most 10,000 such tokens is remembered, and of none for longer than five minutes; nothing that is in them is.
 * Whatever else can make a token bad is judged anew each time. `now` gives milliseconds.
 */
export function createTokenReader(signatures: Signatures, now: () => number): TokenReader {
  const keyIds = new Map<string, string>();
  let young = new Map<string, VerifyKey>();
  let old = new Map<string, VerifyKey>();
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

  /** Forgets what is old, and all that there is if nobody came for long. */
  function turn(): void {
    old = now() < turnAt + REMEMBER_MS ? young : new Map();
    young = new Map();
    turnAt = now() + REMEMBER_MS;
  }

  function verifyAnew(id: string, token: UnverifiedToken, key: VerifyKey): Awaitable<unknown> {
    return whenThere(verifySignature(token, key, signatures), (isSigned) => {
      if (!isSigned) throw notSigned();
      const payload = readPayload(token);
      if (young.size >= MAX_VERIFIED) turn();
      young.set(id, key);
      return payload;
    });
  }

  return {
    parse: (text) => parseToken(text, findKeyId),
    verify(token, key) {
      if (now() >= turnAt) turn();
      const id = hash("sha256", token.text, "latin1");
      if ((young.get(id) ?? old.get(id)) === key) return readPayload(token);
      return verifyAnew(id, token, key);
    },
  };
}
