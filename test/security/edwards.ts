import { createHash } from "node:crypto";
import { Point } from "@noble/ed25519";

/** Order of the group that signatures live in (RFC 8032 section 5.1). */
export const ORDER = Point.CURVE().n;

/** A point of order 8, of which the multiples are all the points of small order. */
export const TORSION = Point.fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");

/** One of the eight points of small order. */
export function toTorsion(multiple: number): Point {
  let point = Point.ZERO;
  for (let i = 0; i < multiple; i++) point = point.add(TORSION);
  return point;
}

/** A number of 32 bytes, the lowest first. */
export function toBytes(number: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((number >> BigInt(8 * i)) & 255n));
}

/** The number that bytes stand for, the lowest first. */
export function toNumber(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

/** The scalar of a seed (RFC 8032 section 5.1.5). */
export function toScalar(seed: Uint8Array): bigint {
  const bytes = createHash("sha512").update(seed).digest().subarray(0, 32);
  bytes[0] = (bytes[0] ?? 0) & 248;
  bytes[31] = ((bytes[31] ?? 0) & 127) | 64;
  return toNumber(bytes);
}

/** What a signature is bound to: the hash of R, A and the message, not yet reduced. */
export function toChallenge(r: Uint8Array, a: Uint8Array, message: string): bigint {
  return toNumber(createHash("sha512").update(r).update(a).update(message).digest());
}

/** A signature with that R, r being the scalar behind what of R is of the large order. */
export function signWith(
  encodedR: Uint8Array,
  r: bigint,
  { scalar, publicKey, message }: { scalar: bigint; publicKey: Uint8Array; message: string },
): Uint8Array {
  const s = (r + toChallenge(encodedR, publicKey, message) * scalar) % ORDER;
  return new Uint8Array([...encodedR, ...toBytes(s)]);
}
