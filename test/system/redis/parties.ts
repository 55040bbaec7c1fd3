import { createPrivateKey, sign } from "node:crypto";
import { createAccessKey, parseAccessKey } from "../../../src/auth/access-key.ts";

/** A customer of the world, and how it takes part. */
export interface Party {
  readonly id: string;
  /** Infinity for no limit. */
  readonly maxPeers: number;
  readonly maxRooms: number;
  /** Signs a token of a user of a room, valid for an hour, with the quickest means there is. */
  readonly signToken: (room: string, user: string) => string;
  /** What the customers file says of it. */
  readonly entry: object;
}

const LIFETIME_SEC = 3_600;

/** Creates a customer with a key of its own. */
export function createParty(id: string, limits: { maxPeers?: number; maxRooms?: number } = {}): Party {
  const { maxPeers = Number.POSITIVE_INFINITY, maxRooms = Number.POSITIVE_INFINITY } = limits;
  const jwk = parseAccessKey(createAccessKey());
  const { d: _, ...publicKey } = jwk;
  const key = createPrivateKey({ key: { ...jwk }, format: "jwk" });
  const header = Buffer.from(JSON.stringify({ alg: "EdDSA", kid: jwk.kid })).toString("base64url");
  return {
    id,
    maxPeers,
    maxRooms,
    signToken(room, user) {
      const nbf = Math.floor(Date.now() / 1_000);
      const claims = Buffer.from(JSON.stringify({ rid: room, uid: user, exp: nbf + LIFETIME_SEC, nbf }));
      const signed = `${header}.${claims.toString("base64url")}`;
      return `${signed}.${sign(null, Buffer.from(signed), key).toString("base64url")}`;
    },
    // JSON has no Infinity: it becomes null, which means the same.
    entry: { id, maxPeers, maxRooms, accessKeys: [{ publicKey }] },
  };
}
