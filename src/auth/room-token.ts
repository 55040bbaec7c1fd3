import type { Awaitable } from "../awaitable.ts";
import { type SigningKey, signToken } from "./jwt.ts";
import type { ClientPrincipal } from "./principal.ts";
import type { Signatures } from "./signatures.ts";

const AUDIENCE = "sfu";
const SUBJECT = "connect";

/**
 * Signs the token with which a client joins `rooms` on the server at `endpoint`: valid from `wallMs` (epoch
 * milliseconds) for `lifetimeSec`, its claims in the order that servers know. Source: docs/protocol.md, "Tokens".
 */
export function issueRoomToken(
  { user, customer, namespace, roomsAreList }: ClientPrincipal,
  options: {
    rooms: readonly string[];
    endpoint: string;
    key: SigningKey;
    signatures: Signatures;
    wallMs: number;
    lifetimeSec: number;
  },
): Awaitable<string> {
  const { rooms, endpoint, key, signatures, wallMs, lifetimeSec } = options;
  const nbf = Math.floor(wallMs / 1000);
  const claims = {
    uid: user,
    cid: customer,
    rid: roomsAreList ? rooms : rooms[0],
    nsp: namespace,
    adr: endpoint,
    sub: SUBJECT,
    aud: AUDIENCE,
    exp: nbf + lifetimeSec,
    nbf,
  };
  return signToken(claims, key, signatures);
}
