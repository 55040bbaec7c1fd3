import { CompactSign, importJWK } from "jose";
import { parseAccessKey } from "../auth/access-key.ts";

/** What a customer's backend puts into a token. */
export interface RoomTokenOptions {
  readonly room: string | readonly string[];
  readonly user: string;
  /** Epoch milliseconds from which on the token is valid. */
  readonly nowMs: number;
  /** Seconds for which it is valid, 300 by default. */
  readonly lifetimeSec?: number | undefined;
  /** Methods that it covers; all if absent. */
  readonly subject?: string | readonly string[] | undefined;
  readonly audience?: string | readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
}

const DEFAULT_LIFETIME_SEC = 300;

/** Signs tokens as a customer's backend does. */
export type TokenSigner = (options: RoomTokenOptions) => Promise<string>;

const ALGORITHM = "EdDSA";

/** Creates a signer out of an access key; throws an Error if that is none. */
export function createTokenSigner(accessKey: string): TokenSigner {
  const { kid, ...jwk } = parseAccessKey(accessKey);
  const imported = importJWK(jwk, ALGORITHM);
  return async ({ room, user, nowMs, lifetimeSec = DEFAULT_LIFETIME_SEC, subject, audience, tags }) => {
    const nbf = Math.floor(nowMs / 1000);
    const claims = {
      rid: room,
      uid: user,
      ...(subject !== undefined && { sub: subject }),
      ...(audience !== undefined && { aud: audience }),
      ...(tags !== undefined && { tgs: tags }),
      exp: nbf + lifetimeSec,
      nbf,
    };
    return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ alg: ALGORITHM, kid })
      .sign(await imported);
  };
}
