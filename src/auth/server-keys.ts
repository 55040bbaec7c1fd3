import type { PrivateJwk } from "./ed25519.ts";
import { createSigningKey, createVerifyKey, type SigningKey, type VerifyKey } from "./jwt.ts";
import { deriveServerKey } from "./server-key.ts";

/** Key of one server, ready to sign its clients' tokens and to verify its own. */
export interface ServerKey {
  readonly jwk: PrivateJwk;
  readonly signingKey: SigningKey;
  readonly verifyKey: VerifyKey;
}

/** A server, and the ids of the keys that it was given, newest first; undefined if it was not us who gave it any. */
export interface KeyHolder {
  readonly endpoint: string;
  readonly keys: readonly string[] | undefined;
}

/** The servers' keys of the master keys in force: all can be derived, those of known servers are found by their ids. */
export interface ServerKeys {
  /** The keys of the server at `endpoint`, known or not: one for each master key, newest first. */
  readonly derive: (endpoint: string) => readonly ServerKey[];
  /** The newest key in force that the server holds, if any. One whose keys we do not know holds the oldest. */
  readonly findHeld: (server: KeyHolder) => ServerKey | undefined;
  /** Says whether the server holds any key in force. */
  readonly isHeldBy: (server: KeyHolder) => boolean;
  /** Has the tokens of a server verify from now on. */
  readonly register: (server: KeyHolder) => void;
  /** Drops the keys of a server that is gone. */
  readonly forget: (endpoint: string) => void;
  /** The key that goes by this id, if it is in force and a known server has it. */
  readonly findKey: (kid: string) => VerifyKey | undefined;
  /** Puts other master keys in force, newest first. */
  readonly setMasterKeys: (masterKeys: readonly Uint8Array[]) => void;
}

/** The keys of one master key, each derived when it is first used: that takes a tenth of a millisecond. */
interface Derivation {
  readonly masterKey: Uint8Array;
  readonly byEndpoint: Map<string, ServerKey>;
}

/** Creates the servers' keys of one or more master keys, newest first. */
export function createServerKeys(masterKeys: readonly Uint8Array[]): ServerKeys {
  let derivations = masterKeys.map(createDerivation);
  const endpoints = new Map<string, string>();
  const kids = new Map<string, Set<string>>();

  function createDerivation(masterKey: Uint8Array): Derivation {
    return { masterKey, byEndpoint: new Map() };
  }

  function deriveOne({ masterKey, byEndpoint }: Derivation, endpoint: string): ServerKey {
    const known = byEndpoint.get(endpoint);
    if (known) return known;
    const jwk = deriveServerKey(masterKey, endpoint);
    const key = { jwk, signingKey: createSigningKey(jwk), verifyKey: createVerifyKey(jwk) };
    // Only those of known servers are worth the place: others may be anybody's invention.
    if (kids.has(endpoint)) byEndpoint.set(endpoint, key);
    return key;
  }

  const derive = (endpoint: string) => derivations.map((derivation) => deriveOne(derivation, endpoint));
  function deriveOldest(endpoint: string): ServerKey | undefined {
    const oldest = derivations.at(-1);
    return oldest && deriveOne(oldest, endpoint);
  }

  return {
    derive,
    findHeld({ endpoint, keys: held }) {
      return held === undefined ? deriveOldest(endpoint) : derive(endpoint).find(({ jwk }) => held.includes(jwk.kid));
    },
    isHeldBy({ endpoint, keys: held }) {
      // From the oldest on: while keys are exchanged it is the one that servers hold, and that is derived already.
      return (
        held === undefined || derivations.toReversed().some((each) => held.includes(deriveOne(each, endpoint).jwk.kid))
      );
    },
    register({ endpoint, keys }) {
      const known = kids.get(endpoint) ?? new Set();
      kids.set(endpoint, known);
      for (const kid of keys ?? derive(endpoint).map(({ jwk }) => jwk.kid)) {
        known.add(kid);
        endpoints.set(kid, endpoint);
      }
    },
    forget(endpoint) {
      for (const kid of kids.get(endpoint) ?? []) endpoints.delete(kid);
      kids.delete(endpoint);
      for (const { byEndpoint } of derivations) byEndpoint.delete(endpoint);
    },
    findKey(kid) {
      const endpoint = endpoints.get(kid);
      return endpoint === undefined ? undefined : derive(endpoint).find(({ jwk }) => jwk.kid === kid)?.verifyKey;
    },
    setMasterKeys(next) {
      derivations = next.map(
        (masterKey) =>
          derivations.find((each) => Bun.deepEquals(each.masterKey, masterKey)) ?? createDerivation(masterKey),
      );
    },
  };
}
