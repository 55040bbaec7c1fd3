import type { PrivateJwk } from "./ed25519.ts";
import { createSigningKey, createVerifyKey, type SigningKey, type VerifyKey } from "./jwt.ts";
import { deriveServerKey } from "./server-key.ts";

/** Key of one server, ready to sign its clients' tokens and to verify its own. */
export interface ServerKey {
  readonly jwk: PrivateJwk;
  readonly signingKey: SigningKey;
  readonly verifyKey: VerifyKey;
}

/** The servers' keys: every one can be derived, those of registered servers are kept and found by their id. */
export interface ServerKeys {
  /** The key of the server at `endpoint`, known or not. */
  readonly derive: (endpoint: string) => ServerKey;
  /** Keeps the key of a server that reported, so that its tokens verify. */
  readonly register: (endpoint: string) => void;
  /** Drops the key of a server that is gone. */
  readonly forget: (endpoint: string) => void;
  /** The key that goes by this id, if a registered server has it. */
  readonly findKey: (kid: string) => VerifyKey | undefined;
}

/** Creates the servers' keys of one master key. */
export function createServerKeys(masterKey: Uint8Array): ServerKeys {
  const byEndpoint = new Map<string, ServerKey>();
  const byKid = new Map<string, ServerKey>();

  function derive(endpoint: string): ServerKey {
    const known = byEndpoint.get(endpoint);
    if (known) return known;
    const jwk = deriveServerKey(masterKey, endpoint);
    return { jwk, signingKey: createSigningKey(jwk), verifyKey: createVerifyKey(jwk) };
  }

  return {
    derive,
    register(endpoint) {
      const key = derive(endpoint);
      byEndpoint.set(endpoint, key);
      byKid.set(key.jwk.kid, key);
    },
    forget(endpoint) {
      const key = byEndpoint.get(endpoint);
      if (!key) return;
      byEndpoint.delete(endpoint);
      byKid.delete(key.jwk.kid);
    },
    findKey: (kid) => byKid.get(kid)?.verifyKey,
  };
}
