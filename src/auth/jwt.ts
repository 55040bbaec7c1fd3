import { CompactSign, compactVerify, decodeProtectedHeader, importJWK } from "jose";
import { unauthorized } from "./claims.ts";
import type { PrivateJwk, PublicJwk } from "./ed25519.ts";

const ALGORITHM = "EdDSA";
const MAX_TOKEN_LENGTH = 8192;
const SIGNATURE_BYTES = 64;
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** A token taken apart, its signature not yet checked. */
export interface UnverifiedToken {
  readonly text: string;
  readonly kid: string;
}

/** Public half of a key, ready to verify with. */
export type VerifyKey = () => Promise<CryptoKey>;

/** Private half of a key, ready to sign with, and the id that goes into the header. */
export interface SigningKey {
  readonly kid: string;
  readonly key: () => Promise<CryptoKey>;
}

/** Makes a key for verifying out of a JWK; the import happens at first use and is kept. */
export function createVerifyKey({ kty, crv, x }: Omit<PublicJwk, "kid">): VerifyKey {
  return once(() => importKey({ kty, crv, x }));
}

/** Makes a key for signing out of a JWK; the import happens at first use and is kept. */
export function createSigningKey({ kid, kty, crv, x, d }: PrivateJwk): SigningKey {
  return { kid, key: once(() => importKey({ kty, crv, x, d })) };
}

/**
 * Takes a compact JWS apart; throws `unauthorized` unless it is one of at most 8 KiB, in canonical base64url,
 * with `alg` EdDSA, a `kid` and no header that would have to be understood (RFC 7515 section 4.1.11, RFC 7797 section 7).
 */
export function parseToken(text: string): UnverifiedToken {
  if (text.length > MAX_TOKEN_LENGTH) throw unauthorized(`it is longer than ${MAX_TOKEN_LENGTH} bytes`);
  if (!COMPACT_JWS.test(text)) throw unauthorized("it is not a JWS of three parts in base64url");
  const signature = text.slice(text.lastIndexOf(".") + 1);
  const bytes = Buffer.from(signature, "base64url");
  if (bytes.length !== SIGNATURE_BYTES || bytes.toString("base64url") !== signature) {
    throw unauthorized("its signature is not 64 bytes in canonical base64url");
  }
  const header = parseHeader(text);
  if (header.alg !== ALGORITHM) throw unauthorized(`its alg must be ${ALGORITHM}`);
  if (header.crv !== undefined && header.crv !== "Ed25519") throw unauthorized("its crv must be Ed25519");
  if (header.crit !== undefined || header.b64 !== undefined) throw unauthorized("its header has crit or b64");
  return { text, kid: toKidText(header.kid) };
}

/** Checks the signature and returns the payload; throws `unauthorized` if the key did not sign it. */
export async function verifyToken(token: UnverifiedToken, key: VerifyKey): Promise<unknown> {
  const { payload } = await compactVerify(token.text, await key(), { algorithms: [ALGORITHM] }).catch((cause) => {
    throw unauthorized("its signature does not match", cause);
  });
  return parsePayload(payload);
}

/** The payload of a token whose signature nobody can check. */
export function readUnverifiedPayload(token: UnverifiedToken): unknown {
  const [, payload = ""] = token.text.split(".");
  return parsePayload(Buffer.from(payload, "base64url"));
}

/** Signs claims, in the order given, as a compact JWS with header `{alg, kid}`. */
export async function signToken(claims: Readonly<Record<string, unknown>>, { kid, key }: SigningKey): Promise<string> {
  return new CompactSign(encoder.encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: ALGORITHM, kid })
    .sign(await key());
}

function parseHeader(text: string): Readonly<Record<string, unknown>> {
  try {
    return decodeProtectedHeader(text);
  } catch (cause) {
    throw unauthorized("its header is not a JSON object", cause);
  }
}

function toKidText(kid: unknown): string {
  if (typeof kid === "string" && kid !== "") return kid;
  if (typeof kid === "number" && Number.isSafeInteger(kid)) return String(kid);
  throw unauthorized("its header has no kid");
}

function parsePayload(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    throw unauthorized("its payload is not JSON", cause);
  }
}

async function importKey(jwk: { kty: string; crv: string; x: string; d?: string }): Promise<CryptoKey> {
  const key = await importJWK(jwk, ALGORITHM);
  if (key instanceof Uint8Array) throw new TypeError("an OKP key was imported as a symmetric one");
  return key;
}

function once<T>(make: () => T): () => T {
  let value: { readonly made: T } | undefined;
  return () => {
    value ??= { made: make() };
    return value.made;
  };
}
