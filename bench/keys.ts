import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { createAccessKey, parseAccessKey } from "../src/auth/access-key.ts";
import type { PrivateJwk } from "../src/auth/ed25519.ts";
import { deriveServerKey } from "../src/auth/server-key.ts";

/** Password of the servers' user. */
export const SERVER_PASSWORD = "bench-server";
/** The only customer, and the namespace of their rooms. */
export const CUSTOMER = "bench";
/** Master key of the gateways that are measured: the servers' keys follow from it. */
export const MASTER_KEY = new Uint8Array(32).fill(1);
/** Key pair of the only customer: the same in all processes of a run, without being told. */
export const CUSTOMER_JWK: PrivateJwk = parseAccessKey(createAccessKey(new Uint8Array(31).fill(3)));

/** Signs tokens of a user of a room, valid for an hour from `nowMs` on, with the quickest means there is. */
export function createTokenSigner(nowMs: number): (room: string, user: string) => string {
  const key = createPrivateKey({ key: { ...CUSTOMER_JWK }, format: "jwk" });
  const header = Buffer.from(JSON.stringify({ alg: "EdDSA", kid: CUSTOMER_JWK.kid })).toString("base64url");
  const nbf = Math.floor(nowMs / 1_000);
  return (room, user) => {
    const claims = Buffer.from(JSON.stringify({ rid: room, uid: user, exp: nbf + 3_600, nbf })).toString("base64url");
    const signed = `${header}.${claims}`;
    return `${signed}.${sign(null, Buffer.from(signed), key).toString("base64url")}`;
  };
}

/** Finds the public keys of servers, each derived when it is first asked for. */
export function createServerKeyFinder(): (endpoint: string) => KeyObject {
  const known = new Map<string, KeyObject>();
  return (endpoint) => {
    const key = known.get(endpoint) ?? createPublicKey({ key: toPublic(endpoint), format: "jwk" });
    known.set(endpoint, key);
    return key;
  };
}

function toPublic(endpoint: string): { kty: string; crv: string; x: string } {
  const { kty, crv, x } = deriveServerKey(MASTER_KEY, endpoint);
  return { kty, crv, x };
}
