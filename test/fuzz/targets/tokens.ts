import * as v from "valibot";
import { authenticateClient } from "../../../src/auth/authenticate-client.ts";
import { customerClaimsSchema, hasCustomerClaims } from "../../../src/auth/claims.ts";
import { createKeyRing } from "../../../src/auth/key-ring.ts";
import { createServerKeys } from "../../../src/auth/server-keys.ts";
import { SIGNATURES_AT_ONCE } from "../../../src/auth/signatures.ts";
import { createTokenReader } from "../../../src/auth/token-reader.ts";
import { CLAIMS, CUSTOMER, HEADER, isRefusal, NOW_MS, signAnything, signClaims, tryJson } from "../fixture.ts";
import { checkNoLeak, Fault, type FuzzTarget } from "../target.ts";

const TOKENS = [
  signClaims(CLAIMS),
  signClaims({ ...CLAIMS, rid: ["{m}a", "{m}b"], sub: ["connect", "roomClose"], aud: ["gateway", "x"] }),
  signClaims({ rid: "lobby", uid: "bob" }),
];

const PAYLOADS = [
  CLAIMS,
  { ...CLAIMS, rid: ["{m}a", "{m}b"], sub: "connect", aud: "gateway" },
  { ...CLAIMS, internal: { server: "sfu1:4433" }, tgs: ["eu"] },
];

/** Says which principal a token is for, as the gateway does at the public API. */
function createAuthentication() {
  const { keyRing } = createKeyRing([CUSTOMER.entry], { source: "fuzz", path: "customers", brokenKeys: "refuse" });
  const authority = {
    keyRing,
    serverKeys: createServerKeys([new Uint8Array(32).fill(7)]),
    tokens: createTokenReader(SIGNATURES_AT_ONCE, () => NOW_MS),
    unknownCustomers: "forbidden",
  } as const;
  return async (authorization: string) => {
    try {
      return await authenticateClient(authorization, authority, NOW_MS);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      checkNoLeak(error.message, authorization, "Authorization: Bearer ");
      return undefined;
    }
  };
}

/** Tokens that somebody changed on the way: none but those that were signed is good. */
export const tokens: FuzzTarget = {
  name: "token",
  shape: "text",
  seeds: TOKENS,
  create() {
    const authenticate = createAuthentication();
    return async (input) => {
      const text = input.toString("latin1");
      const principal = await authenticate(`Bearer ${text}`);
      // A header may have spaces around the token, which are no part of it.
      if (principal && !TOKENS.includes(text.replace(/^ +| +$/g, ""))) throw new Fault("wrongly accepted", text);
      return principal ? "accepted" : "refused";
    };
  },
};

/** Claims and headers of any kind, signed with the customer's key: header and payload in a line each. */
export const claims: FuzzTarget = {
  name: "signed claims",
  shape: "json",
  seeds: PAYLOADS.map((payload) => `${HEADER}\n${JSON.stringify(payload)}`),
  create() {
    const authenticate = createAuthentication();
    return async (input) => {
      const cut = input.indexOf("\n");
      const [header, payload] = [input.subarray(0, Math.max(0, cut)), input.subarray(cut + 1)];
      const principal = await authenticate(`Bearer ${signAnything(header, payload)}`);
      const content = tryJson(payload.toString());
      if (hasCustomerClaims(content) !== v.is(customerClaimsSchema, content))
        throw new Fault("mismatch", "the quick check of claims and the schema say different things");
      if (!principal) return "refused";
      const { alg, kid, crit, b64 } = Object(tryJson(header.toString()));
      if (alg !== "EdDSA" || kid !== CUSTOMER.entry.accessKeys[0]?.publicKey.kid || (crit ?? b64) !== undefined)
        throw new Fault("wrongly accepted", `a token with the header ${header.toString()}`);
      if (!hasCustomerClaims(content) || principal.customer !== "acme" || principal.rooms.length > 32)
        throw new Fault("wrongly accepted", `claims ${payload.toString()}`);
      if ((content.exp ?? Infinity) + 300 <= NOW_MS / 1_000 || (content.nbf ?? 0) - 300 > NOW_MS / 1_000)
        throw new Fault("wrongly accepted", `out of its time: ${payload.toString()}`);
      return "accepted";
    };
  },
};
