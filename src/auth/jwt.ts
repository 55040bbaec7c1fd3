import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { type Awaitable, whenThere } from "../awaitable.ts";
import type { RpcError } from "../errors.ts";
import { unauthorized } from "./claims.ts";
import { beginsWithSmallOrder, type PrivateJwk, type PublicJwk } from "./ed25519.ts";
import { hasKeyTwice } from "./key-twice.ts";
import type { Signatures } from "./signatures.ts";

const ALGORITHM = "EdDSA";
const MAX_TOKEN_LENGTH = 8192;
/** Of 64 bytes in base64url. */
const SIGNATURE_LENGTH = 86;
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** What a text in base64url may end in, by its length modulo 4: the bits that encode nothing are zero (RFC 4648 section 3.5). */
const CANONICAL_ENDS = ["", undefined, "AQgw", "AEIMQUYcgkosw048"] as const;
const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;
/** Header parameters that change what the token is, or how it is to be read (RFC 7515 4.1.11, RFC 7797, RFC 7516 4.1.2 and 4.1.3). */
const FOREIGN_PARAMETERS = ["crit", "b64", "enc", "zip"] as const;
/** A byte order mark stays, and is no JSON. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** A token taken apart, its signature not yet checked. */
export interface UnverifiedToken {
  readonly text: string;
  readonly kid: string;
  /** The payload in base64url. */
  readonly payload: string;
  /** The signature in base64url. */
  readonly signature: string;
}

/** Public half of a key, ready to verify with. */
export type VerifyKey = () => KeyObject;

/** Private half of a key, ready to sign with, and the header of what it signs. */
export interface SigningKey {
  readonly kid: string;
  /** The JOSE header `{alg, kid}` in base64url. */
  readonly header: string;
  readonly key: () => KeyObject;
}

/** Makes a key for verifying out of a JWK; the import happens at first use and is kept. */
export function createVerifyKey({ kty, crv, x }: Omit<PublicJwk, "kid">): VerifyKey {
  return once(() => createPublicKey({ key: { kty, crv, x }, format: "jwk" }));
}

/** Makes a key for signing out of a JWK; the import happens at first use and is kept. */
export function createSigningKey({ kid, kty, crv, x, d }: PrivateJwk): SigningKey {
  return {
    kid,
    header: Buffer.from(JSON.stringify({ alg: ALGORITHM, kid })).toString("base64url"),
    key: once(() => createPrivateKey({ key: { kty, crv, x, d }, format: "jwk" })),
  };
}

/**
 * Takes a compact JWS apart; throws `unauthorized` unless it is one of at most 8 KiB, in canonical base64url,
 * with `alg` EdDSA, a `kid`, no key twice and no parameter that would have to be understood.
 * `findKeyId` may know the header already.
 */
export function parseToken(text: string, findKeyId: (header: string) => string = readKeyId): UnverifiedToken {
  if (text.length > MAX_TOKEN_LENGTH) throw unauthorized(`it is longer than ${MAX_TOKEN_LENGTH} bytes`);
  if (!COMPACT_JWS.test(text)) throw unauthorized("it is not a JWS of three parts in base64url");
  const first = text.indexOf(".");
  const last = text.lastIndexOf(".");
  const header = text.slice(0, first);
  const payload = text.slice(first + 1, last);
  const signature = text.slice(last + 1);
  if (signature.length !== SIGNATURE_LENGTH || !isCanonical(signature)) {
    throw unauthorized("its signature is not 64 bytes in canonical base64url");
  }
  if (!isCanonical(header) || !isCanonical(payload))
    throw unauthorized("its header or payload is not in canonical base64url");
  return { text, kid: findKeyId(header), payload, signature };
}

/** The id of the key that a JOSE header in base64url names; throws `unauthorized` as `parseToken` says. */
export function readKeyId(base64url: string): string {
  const header = parseHeader(base64url);
  if (header.alg !== ALGORITHM) throw unauthorized(`its alg must be ${ALGORITHM}`);
  if (header.crv !== undefined && header.crv !== "Ed25519") throw unauthorized("its crv must be Ed25519");
  const foreign = FOREIGN_PARAMETERS.find((name) => header[name] !== undefined);
  if (foreign !== undefined) throw unauthorized(`its header has ${foreign}, which is not taken`);
  return toKidText(header.kid);
}

/** Checks the signature as `verifySignature` does and returns the payload; throws `unauthorized` if the key did not sign it. */
export async function verifyToken(token: UnverifiedToken, key: VerifyKey, signatures: Signatures): Promise<unknown> {
  if (!(await verifySignature(token, key, signatures))) throw notSigned();
  return readPayload(token);
}

/**
 * Says whether the key signed the token, at once or later. The platform wants S below the order of the group and R as it is
 * computed, byte for byte, without the cofactor; it would take an R of small order, which only a signer with a broken nonce
 * makes, and which gives the private key away: `unauthorized` is thrown for that.
 */
export function verifySignature(token: UnverifiedToken, key: VerifyKey, signatures: Signatures): Awaitable<boolean> {
  const signed = encoder.encode(token.text.slice(0, -SIGNATURE_LENGTH - 1));
  const signature = Uint8Array.fromBase64(token.signature, BASE64URL);
  if (beginsWithSmallOrder(signature)) throw unauthorized("its signature has an R of small order");
  return signatures.verify(signed, key(), signature);
}

/** The error for a token that its key did not sign. */
export function notSigned(): RpcError {
  return unauthorized("its signature does not match");
}

/** The payload of a token whose signature somebody else has checked, or nobody can. */
export function readPayload({ payload }: UnverifiedToken): unknown {
  return parseJson(payload, "payload", "its payload is not JSON");
}

/** Signs claims, in the order given, as a compact JWS with header `{alg, kid}`. */
export function signToken(
  claims: Readonly<Record<string, unknown>>,
  { header, key }: SigningKey,
  signatures: Signatures,
): Awaitable<string> {
  const signed = `${header}.${encoder.encode(JSON.stringify(claims)).toBase64(BASE64URL)}`;
  return whenThere(
    signatures.sign(encoder.encode(signed), key()),
    (signature) => `${signed}.${signature.toBase64(BASE64URL)}`,
  );
}

/** Says whether no other text in base64url stands for the same bytes. */
function isCanonical(base64url: string): boolean {
  const ends = CANONICAL_ENDS[base64url.length % 4];
  return ends === "" || (ends?.includes(base64url.slice(-1)) ?? false);
}

function parseHeader(base64url: string): Readonly<Record<string, unknown>> {
  const header = parseJson(base64url, "header", "its header is not a JSON object");
  if (!isObject(header)) throw unauthorized("its header is not a JSON object");
  return header;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function toKidText(kid: unknown): string {
  if (typeof kid === "string" && kid !== "") return kid;
  if (typeof kid === "number" && Number.isSafeInteger(kid)) return String(kid);
  throw unauthorized("its header has no kid");
}

function parseJson(base64url: string, part: "header" | "payload", fault: string): unknown {
  let isClear: boolean;
  let value: unknown;
  try {
    const text = decoder.decode(Uint8Array.fromBase64(base64url, BASE64URL));
    value = JSON.parse(text);
    isClear = !hasKeyTwice(text, value);
  } catch (cause) {
    throw unauthorized(fault, cause);
  }
  if (!isClear) throw unauthorized(`its ${part} has a key twice`);
  return value;
}

function once<T>(make: () => T): () => T {
  let value: { readonly made: T } | undefined;
  return () => {
    value ??= { made: make() };
    return value.made;
  };
}
