import { createHmac, createPublicKey, sign } from "node:crypto";
import { createAccessKey, parseAccessKey } from "../../src/auth/access-key.ts";
import { createSigningKey } from "../../src/auth/jwt.ts";

/** A token that no gateway may take. */
export interface HostileToken {
  readonly name: string;
  readonly token: string;
  /** What the gateway has to say of it, after "invalid token: "; a part is enough. */
  readonly reason: string;
  /** Whether it takes a check of its signature to find out. */
  readonly isChecked: boolean;
}

/** A part of a token in base64url; objects are written as JSON. */
export function encode(part: string | Uint8Array | object): string {
  if (part instanceof Uint8Array) return Buffer.from(part).toString("base64url");
  return Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");
}

/** Makes tokens with the key of one customer, right and wrong ones. */
export function createTokenMaker(nowSec: number, accessKey = createAccessKey()) {
  const jwk = parseAccessKey(accessKey);
  const key = createSigningKey(jwk).key();
  const { d: _, ...publicJwk } = jwk;
  const header = { alg: "EdDSA", kid: jwk.kid };
  const claims = { rid: "lobby", uid: "mallory", aud: "gateway", exp: nowSec + 60, nbf: nowSec };

  const signBytes = (signed: string) => sign(null, Buffer.from(signed), key);
  /** Parts in base64url, with a signature that is good. */
  const signEncoded = (first: string, second: string) =>
    `${first}.${second}.${encode(signBytes(`${first}.${second}`))}`;
  /** Parts as text, bytes or object, with a signature that is good. */
  const signParts = (first: string | Uint8Array | object, second: string | Uint8Array | object = claims) =>
    signEncoded(encode(first), encode(second));

  return {
    jwk,
    publicJwk,
    key,
    header,
    claims,
    signBytes,
    signEncoded,
    signParts,
    /** A good token but for what is in its header besides. */
    withHeader: (more: object) => signParts({ ...header, ...more }),
    /** A good token but for what is in its payload besides. */
    withClaims: (more: object) => signParts(header, { ...claims, ...more }),
  };
}

/** Makes tokens with the key of one customer. */
export type TokenMaker = ReturnType<typeof createTokenMaker>;

/** Whatever somebody may hold for the secret of an HMAC who knows a customer's public key only. */
export function toHmacSecrets({ publicJwk }: TokenMaker): readonly (readonly [string, Buffer])[] {
  const key = createPublicKey({ key: publicJwk, format: "jwk" });
  return [
    ["its raw bytes", Buffer.from(publicJwk.x, "base64url")],
    ["its base64url", Buffer.from(publicJwk.x)],
    ["its PEM", Buffer.from(key.export({ format: "pem", type: "spki" }))],
    ["its DER", key.export({ format: "der", type: "spki" })],
    ["its JWK", Buffer.from(JSON.stringify(publicJwk))],
    ["nothing", Buffer.alloc(0)],
  ];
}

/** A token that an HMAC signs. */
export function signHmac(header: object, claims: object, bits: 256 | 384 | 512, secret: Buffer): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${createHmac(`sha${bits}`, secret).update(signed).digest("base64url")}`;
}
