import { createHash } from "node:crypto";
import { getPublicKey, hashes, Point } from "@noble/ed25519";
import { type KeyId, type KeyType, toKeyId } from "./key-id.ts";

/** An Ed25519 public key as a JWK (RFC 8037), with the id it goes by. */
export interface PublicJwk {
  readonly kid: KeyId;
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  /** The 32 bytes of the public key, base64url without padding. */
  readonly x: string;
}

/** An Ed25519 key pair as a JWK (RFC 8037). */
export interface PrivateJwk extends PublicJwk {
  /** The 32-byte seed, base64url without padding. */
  readonly d: string;
}

/** The key pair of a 32-byte seed (RFC 8032 section 5.1.5), with the id that a key of that type has. */
export function toPrivateJwk(type: KeyType, seed: Uint8Array): PrivateJwk {
  hashes.sha512 = (message) => new Uint8Array(createHash("sha512").update(message).digest());
  const publicKey = getPublicKey(seed);
  return {
    kid: toKeyId(type, publicKey),
    kty: "OKP",
    crv: "Ed25519",
    x: Buffer.from(publicKey).toString("base64url"),
    d: Buffer.from(seed).toString("base64url"),
  };
}

/**
 * Says why `x` is no public key that signatures can be trusted under, or nothing if it is one:
 * 32 bytes in canonical base64url, a canonical encoding of a point on the curve, not of small order (RFC 8032 section 5.1.3).
 */
export function findPublicKeyFault(x: string): string | undefined {
  const bytes = Buffer.from(x, "base64url");
  if (bytes.length !== 32 || bytes.toString("base64url") !== x) return "must be 32 bytes in base64url without padding";
  let point: Point;
  try {
    point = Point.fromBytes(new Uint8Array(bytes), false);
  } catch {
    return "is not a canonical point on the Ed25519 curve";
  }
  return point.isSmallOrder() ? "is a point of small order, under which anybody can forge signatures" : undefined;
}
