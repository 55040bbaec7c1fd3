import { createHash, hkdfSync } from "node:crypto";
import { type PrivateJwk, toPrivateJwk } from "./ed25519.ts";

/**
 * Derives the key that the gateway shares with the server at `endpoint` from the master key.
 * HKDF-SHA-512 salted with the endpoint, 512 bytes, then SHA-256 for the seed. Source: docs/protocol.md, "Keys".
 */
export function deriveServerKey(masterKey: Uint8Array, endpoint: string): PrivateJwk {
  const okm = hkdfSync("sha512", masterKey, Buffer.from(endpoint, "utf8"), "grid-connection-key", 512);
  const seed = createHash("sha256").update(new Uint8Array(okm)).digest();
  return toPrivateJwk("server", new Uint8Array(seed));
}
