import { createPrivateKey, sign } from "node:crypto";
import { createAccessKey, parseAccessKey } from "../../src/auth/access-key.ts";
import { ConfigError, RpcError } from "../../src/errors.ts";
import { createTokenSigner } from "../../src/sim/room-token.ts";

/** When everything in the fuzzer happens, so that the same input does the same tomorrow. */
export const NOW_MS = Date.UTC(2026, 0, 1);

const accessKey = createAccessKey(new Uint8Array(31).fill(5));
const { d: _, ...publicKey } = parseAccessKey(accessKey);
const privateKey = createPrivateKey({ key: { ...parseAccessKey(accessKey) }, format: "jwk" });

/** The customer whose tokens the fuzzer signs: the same in all runs. */
export const CUSTOMER = {
  accessKey,
  signToken: createTokenSigner(accessKey),
  entry: { id: "acme", maxPeers: 1_000, maxRooms: 1_000, accessKeys: [{ publicKey }] },
};

/** The header of that customer's tokens. */
export const HEADER = JSON.stringify({ alg: "EdDSA", kid: publicKey.kid });

/** Claims of a token that is good. */
export const CLAIMS = { rid: "lobby", uid: "alice", exp: NOW_MS / 1_000 + 300, nbf: NOW_MS / 1_000 };

/** Signs any header and payload with the customer's key, whatever they say. */
export function signAnything(header: Buffer, payload: Buffer): string {
  const signed = `${header.toString("base64url")}.${payload.toString("base64url")}`;
  return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString("base64url")}`;
}

/** A good token. */
export function signClaims(claims: object): string {
  return signAnything(Buffer.from(HEADER), Buffer.from(JSON.stringify(claims)));
}

/** Says whether it is what a peer may be told, and not for a fault of ours. */
export function isRefusal(error: unknown): error is RpcError {
  return error instanceof RpcError && error.error !== "internal";
}

/** Says whether it is what an operator is told of a config. */
export function isConfigError(error: unknown): error is ConfigError {
  return error instanceof ConfigError;
}

/** Parses JSON; undefined if it is none. */
export function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
