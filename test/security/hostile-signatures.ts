import { Point } from "@noble/ed25519";
import { ORDER, signWith, toBytes, toChallenge, toNumber, toScalar, toTorsion } from "./edwards.ts";
import { encode, type HostileToken, type TokenMaker } from "./token-maker.ts";

const NO_MATCH = "its signature does not match";
const SMALL_R = "its signature has an R of small order";

/** What a signature is made with. */
interface Signer {
  readonly scalar: bigint;
  readonly publicKey: Uint8Array;
  readonly message: string;
}

/** A customer whose public key has a part of small order, and the texts that they sign. */
export interface MixedCustomer {
  readonly kid: string;
  readonly x: string;
  readonly createSigner: (claims: object) => Signer;
}

/** A key A + T: its holder knows the scalar of A, and T is of order 8. */
export function createMixedCustomer(maker: TokenMaker): MixedCustomer {
  const scalar = toScalar(Buffer.from(maker.jwk.d, "base64url"));
  const publicKey = Point.BASE.multiply(scalar % ORDER)
    .add(toTorsion(1))
    .toBytes();
  const kid = "mixed-order";
  const x = encode(publicKey);
  return {
    kid,
    x,
    createSigner: (claims) => ({ scalar, publicKey, message: `${encode({ alg: "EdDSA", kid })}.${encode(claims)}` }),
  };
}

/** Tokens whose signature is the fault: forged, taken from elsewhere, or one that only a lax check takes. */
export function createHostileSignatures(maker: TokenMaker, mallory: TokenMaker, mixed: MixedCustomer): HostileToken[] {
  const { header, claims, jwk, signParts } = maker;
  const message = `${encode(header)}.${encode(claims)}`;
  const other = signParts(header, { ...claims, rid: "elsewhere" });
  const good = new Uint8Array(maker.signBytes(message));
  const [r, s] = [good.subarray(0, 32), toNumber(good.subarray(32))];
  const at = (name: string, signature: Uint8Array, reason = NO_MATCH) =>
    refuse(name, `${message}.${encode(signature)}`, reason);
  const withS = (name: string, number: bigint) => at(name, new Uint8Array([...r, ...toBytes(number)]));

  const scalar = toScalar(Buffer.from(jwk.d, "base64url"));
  const own: Signer = { scalar, publicKey: new Uint8Array(Buffer.from(jwk.x, "base64url")), message };
  const large = Point.BASE.multiply(7n);
  return [
    refuse("the signature of another token", `${message}.${other.split(".")[2]}`, NO_MATCH),
    refuse("the payload of another token", [encode(header), other.split(".")[1], encode(good)].join("."), NO_MATCH),
    refuse("the customer's kid and another's signature", mallory.signParts(header, claims), NO_MATCH),
    at("a signature of the payload alone", new Uint8Array(maker.signBytes(encode(claims)))),
    at(
      "a signature of what is encoded",
      new Uint8Array(maker.signBytes(JSON.stringify(header) + JSON.stringify(claims))),
    ),
    at("R and S the other way around", new Uint8Array([...good.subarray(32), ...r])),
    at("bytes the other way around", good.toReversed()),
    at("a random signature", crypto.getRandomValues(new Uint8Array(64)).fill(1, 63)),
    at("a signature of ones", new Uint8Array(64).fill(255)),
    at("a signature of zeros", new Uint8Array(64), SMALL_R),
    ...Array.from({ length: 64 }, (_, byte) => at(`byte ${byte} of its signature changed`, flip(good, byte))),
    withS("S + L", s + ORDER),
    withS("S + 2 L", s + 2n * ORDER),
    withS("S + 8 L", s + 8n * ORDER),
    withS("S with its highest bit set", s | (1n << 255n)),
    withS("S = L", ORDER),
    withS("S = 0", 0n),
    withS("L − S", ORDER - s),
    at("R the neutral element", signWith(Point.ZERO.toBytes(), 0n, own), SMALL_R),
    ...createLaxEncodings().map(([name, encoded]) =>
      at(`R the neutral element, ${name}`, signWith(encoded, 0n, own), encoded[0] === 1 ? SMALL_R : NO_MATCH),
    ),
    ...[1, 2, 3, 4, 5, 6, 7].flatMap((multiple) => [
      at(`R the point ${multiple} of small order`, signWith(toTorsion(multiple).toBytes(), 0n, own), SMALL_R),
      at(`R with the part ${multiple} of small order`, signWith(large.add(toTorsion(multiple)).toBytes(), 7n, own)),
    ]),
    ...createMixed(mixed, claims),
  ];
}

/** Signatures under a key with a part of small order: an R that cancels it makes them good without the cofactor. */
function createMixed(mixed: MixedCustomer, claims: object): HostileToken[] {
  const signer = findSigner(mixed, claims, (challenge, wanted) => challenge === wanted, 1);
  const uncancelled = findSigner(mixed, claims, (challenge) => challenge !== 0n, 0);
  const whole = toTorsion(1).toBytes();
  const lone = findFor(mixed, claims, whole);
  return [
    toToken("a mixed key, and R of small order that cancels its part", lone, signWith(whole, 0n, lone), SMALL_R),
    toToken("a mixed key, good with the cofactor alone", uncancelled.signer, uncancelled.signature, NO_MATCH),
    toToken("a mixed key, and S + L", signer.signer, addOrder(signer.signature), NO_MATCH),
  ];
}

/** A token under the mixed key that is good without the cofactor too: R has the part that cancels the key's. */
export function createMixedToken(mixed: MixedCustomer, claims: object): string {
  const { signer, signature } = findSigner(mixed, claims, (challenge, wanted) => challenge === wanted, 1);
  return `${signer.message}.${encode(signature)}`;
}

/** Tries nonces until the challenge modulo 8 is one that is asked for; R has `part` times the point of order 8. */
function findSigner(
  mixed: MixedCustomer,
  claims: object,
  isWanted: (challenge: bigint, wanted: bigint) => boolean,
  part: number,
): { signer: Signer; signature: Uint8Array } {
  const signer = mixed.createSigner(claims);
  for (let nonce = 2n; ; nonce++) {
    const r = Point.BASE.multiply(nonce).add(toTorsion(part)).toBytes();
    const challenge = toReduced(r, signer) % 8n;
    if (isWanted(challenge, BigInt((8 - part) % 8))) return { signer, signature: signWith(r, nonce, signer) };
  }
}

/** The same claims with something beside them, so that R of small order cancels the key's part. */
function findFor(mixed: MixedCustomer, claims: object, r: Uint8Array): Signer {
  for (let n = 0; ; n++) {
    const signer = mixed.createSigner({ ...claims, n });
    if (toReduced(r, signer) % 8n === 7n) return signer;
  }
}

function toReduced(r: Uint8Array, { publicKey, message }: Signer): bigint {
  return toChallenge(r, publicKey, message) % ORDER;
}

/** The neutral element, y = 1, as RFC 8032 does not write it: with y + p, and with a sign that x = 0 has not. */
function createLaxEncodings(): readonly (readonly [string, Uint8Array])[] {
  const beyond = new Uint8Array([0xee, ...new Uint8Array(30).fill(0xff), 0x7f]);
  const signed = new Uint8Array([1, ...new Uint8Array(30), 0x80]);
  return [
    ["y + p", beyond],
    ["y + p, with a sign", beyond.with(31, 0xff)],
    ["with a sign", signed],
  ];
}

function addOrder(signature: Uint8Array): Uint8Array {
  return new Uint8Array([...signature.subarray(0, 32), ...toBytes(toNumber(signature.subarray(32)) + ORDER)]);
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.with(at, (bytes[at] ?? 0) ^ 1);
}

function toToken(name: string, { message }: Signer, signature: Uint8Array, reason: string): HostileToken {
  return refuse(name, `${message}.${encode(signature)}`, reason);
}

function refuse(name: string, token: string, reason: string): HostileToken {
  return { name, token, reason, isChecked: reason === NO_MATCH };
}
