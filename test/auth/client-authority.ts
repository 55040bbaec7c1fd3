import { parseAccessKey } from "../../src/auth/access-key.ts";
import { authenticateClient, type ClientAuthority } from "../../src/auth/authenticate-client.ts";
import { createSigningKey, type SigningKey, signToken } from "../../src/auth/jwt.ts";
import { createKeyRing } from "../../src/auth/key-ring.ts";
import { createServerKeys, type ServerKeys } from "../../src/auth/server-keys.ts";
import { SIGNATURES_AT_ONCE } from "../../src/auth/signatures.ts";
import { createTokenReader } from "../../src/auth/token-reader.ts";
import { RpcError } from "../../src/errors.ts";
import { createCustomer, MASTER_KEY } from "../world.ts";

/** When the tokens are judged, in epoch milliseconds. */
export const NOW = Date.UTC(2026, 0, 1);
/** The same in seconds. */
export const SEC = NOW / 1000;
/** A customer with limits. */
export const acme = createCustomer("acme", { maxPeers: 7, maxRooms: 3 });
/** A customer with a namespace of another name. */
export const other = createCustomer("other", { namespace: "elsewhere" });
const { keyRing } = createKeyRing([acme.entry, other.entry], {
  source: "test",
  path: "customers",
  brokenKeys: "refuse",
});
/** Keys of servers, of which "sfu1:4433" is registered. */
export const serverKeys = createServerKeys([MASTER_KEY]);
serverKeys.register({ endpoint: "sfu1:4433", keys: undefined });

/** The newest key that a server of that endpoint is given. */
export function signingKeyOf({ derive }: ServerKeys, endpoint: string): SigningKey {
  const [key] = derive(endpoint);
  if (!key) throw new Error("there is no master key");
  return key.signingKey;
}

/** What a gateway with these customers and that server knows. */
export const authority: ClientAuthority = {
  keyRing,
  serverKeys,
  tokens: createTokenReader(SIGNATURES_AT_ONCE, () => NOW),
  unknownCustomers: "forbidden",
};

/** The key of "acme". */
export const key = createSigningKey(parseAccessKey(acme.accessKey));
/** Claims with which nothing is wrong. */
export const good = { rid: "lobby", uid: "alice" };
/** A customer's key under another id. */
export const keyWithId = (accessKey: string, kid: unknown) =>
  createSigningKey({ ...parseAccessKey(accessKey), kid: kid as never });

/** What a token gives its bearer. */
export const authenticate = (token: string, more: Partial<ClientAuthority> = {}) =>
  authenticateClient(`Bearer ${token}`, { ...authority, ...more }, NOW);

/** Signs claims, by default as "acme". */
export const sign = (claims: object, signingKey = key) => signToken({ ...claims }, signingKey, SIGNATURES_AT_ONCE);

/** Why a token is refused. */
export async function reasonFor(token: Promise<string> | string, more?: Partial<ClientAuthority>): Promise<string> {
  try {
    await authenticate(await token, more);
  } catch (error) {
    if (error instanceof RpcError && error.error === "unauthorized") return error.message;
    throw error;
  }
  throw new Error("the token was accepted");
}
