import { createPrivateKey } from "node:crypto";
import { Point } from "@noble/ed25519";
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

/** What stands before the seed of a private key in PKCS #8 (RFC 8410 section 7). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** The points of small order as RFC 8032 encodes them, the sign of x aside: y is 1, −1, 0, or one of two of order 8. */
const SMALL_ORDER_ENCODINGS = [
  `01${"00".repeat(31)}`,
  `ec${"ff".repeat(30)}7f`,
  "00".repeat(32),
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
].map((hex) => Uint8Array.fromHex(hex));
/** In the last byte of an encoded point: the sign of x. */
const SIGN_BIT = 0x80;

/** The key pair of a 32-byte seed (RFC 8032 section 5.1.5), with the id that a key of that type has. */
export function toPrivateJwk(type: KeyType, seed: Uint8Array): PrivateJwk {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
  const { x = "" } = key.export({ format: "jwk" });
  return {
    kid: toKeyId(type, new Uint8Array(Buffer.from(x, "base64url"))),
    kty: "OKP",
    crv: "Ed25519",
    x,
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

/** Says whether bytes begin with the canonical encoding of a point of small order, or that with the other sign. */
export function beginsWithSmallOrder(bytes: Uint8Array): boolean {
  return SMALL_ORDER_ENCODINGS.some((encoding) => beginsWith(bytes, encoding));
}

function beginsWith(bytes: Uint8Array, encoding: Uint8Array): boolean {
  const last = encoding.length - 1;
  for (let i = 0; i < last; i++) if (bytes[i] !== encoding[i]) return false;
  return (((bytes[last] ?? 0) ^ (encoding[last] ?? 0)) & ~SIGN_BIT) === 0;
}
