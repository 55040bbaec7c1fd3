import { RpcError } from "../errors.ts";
import { type CustomerClaims, checkCustomerClaims, checkServerClaims, toList, unauthorized } from "./claims.ts";
import { readPayload } from "./jwt.ts";
import { isKeyIdOf } from "./key-id.ts";
import { DEMO_CUSTOMER_PREFIX, type KeyRing } from "./key-ring.ts";
import type { ClientPrincipal, Limits } from "./principal.ts";
import type { ServerKeys } from "./server-keys.ts";
import type { TokenReader } from "./token-reader.ts";

/** What a client's token is checked against; all of one moment, so that a request ends under the config it began with. */
export interface ClientAuthority {
  readonly keyRing: KeyRing;
  readonly serverKeys: Pick<ServerKeys, "findKey">;
  readonly tokens: TokenReader;
  /** Limits of customers whom nobody configured, or "forbidden". */
  readonly unknownCustomers: "forbidden" | Limits;
}

const BEARER = /^bearer +([^ ]+) *$/i;
/** As almost everybody writes it. */
const BEARER_PREFIX = "Bearer ";
const ONLY_CONNECT: ReadonlySet<string> = new Set(["connect"]);

/**
 * Turns an `Authorization` header into the principal of the public API; throws `unauthorized` with the reason.
 * A token is signed by a customer's key, or by a registered server's (then it may only `Connect`, for a customer who has
 * the namespace), or, where unknown customers are admitted, by a key that nobody knows. Source: docs/protocol.md, "Tokens".
 */
export async function authenticateClient(
  authorization: string | null,
  authority: ClientAuthority,
  wallMs: number,
): Promise<ClientPrincipal> {
  const { keyRing, serverKeys, tokens, unknownCustomers } = authority;
  const token = tokens.parse(readBearer(authorization));

  const customerKey = keyRing.findKey(token.kid);
  if (customerKey) {
    const claims = checkCustomerClaims(await tokens.verify(token, customerKey.verifyKey), wallMs);
    return toPrincipal(customerKey, "customer", claims);
  }

  const serverKey = serverKeys.findKey(token.kid);
  if (serverKey) {
    const claims = checkServerClaims(await tokens.verify(token, serverKey), wallMs);
    const { cid: customer, nsp: namespace } = claims;
    const terms = keyRing.findTerms(customer, namespace);
    if (!terms) throw unauthorized(`no customer "${customer}" has the namespace "${namespace}"`);
    return toPrincipal({ customer, namespace, ...terms }, "server", claims, ONLY_CONNECT);
  }

  if (unknownCustomers !== "forbidden" && isKeyIdOf("customer", token.kid)) {
    const claims = checkCustomerClaims(readPayload(token), wallMs);
    const customer = `${DEMO_CUSTOMER_PREFIX}${token.kid}`;
    const who = { customer, namespace: customer, limits: unknownCustomers, tags: [] };
    return toPrincipal(who, "unverified", claims, ONLY_CONNECT);
  }

  throw unauthorized("no customer and no registered server has a key of this kid");
}

function readBearer(authorization: string | null): string {
  if (authorization === null || authorization === "") {
    throw new RpcError("unauthorized", { message: 'no credentials: send "Authorization: Bearer <token>"' });
  }
  const start = BEARER_PREFIX.length;
  if (authorization.startsWith(BEARER_PREFIX) && authorization.length > start && !authorization.includes(" ", start))
    return authorization.slice(start);
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined)
    throw new RpcError("unauthorized", { message: 'the Authorization header is not "Bearer <token>"' });
  return token;
}

/** `ceiling` holds the only methods that this kind of token can cover. */
function toPrincipal(
  { customer, namespace, limits, tags }: Pick<ClientPrincipal, "customer" | "namespace" | "limits" | "tags">,
  provenance: ClientPrincipal["provenance"],
  claims: CustomerClaims,
  ceiling?: ReadonlySet<string>,
): ClientPrincipal {
  const subjects = claims.sub === undefined ? undefined : toMethods(claims.sub);
  return {
    customer,
    namespace,
    limits,
    tags,
    provenance,
    user: claims.uid,
    rooms: typeof claims.rid === "string" ? [claims.rid] : [...new Set(claims.rid)],
    roomsAreList: typeof claims.rid !== "string",
    methods: ceiling && subjects ? ceiling.intersection(subjects) : (subjects ?? ceiling),
    preferredServer: claims.internal?.server,
  };
}

/** Methods in lower case. */
function toMethods(sub: string | string[]): ReadonlySet<string> {
  return sub === "connect" ? ONLY_CONNECT : new Set(toList(sub).map((method) => method.toLowerCase()));
}
