import { createHash, hkdfSync } from "node:crypto";
import { type PrivateJwk, toPublicKey } from "./ed25519.ts";
import { toKeyId } from "./key-id.ts";

/**
 * Derives the key that the gateway shares with the server at `endpoint` from the master key.
 * HKDF-SHA-512 salted with the endpoint, 512 bytes, then SHA-256 for the seed. Source: docs/protocol.md, "Keys".
 */
export function deriveServerKey(masterKey: Uint8Array, endpoint: string): PrivateJwk {
  const okm = hkdfSync("sha512", masterKey, Buffer.from(endpoint, "utf8"), "grid-connection-key", 512);
  const seed = new Uint8Array(createHash("sha256").update(new Uint8Array(okm)).digest());
  const publicKey = toPublicKey(seed);
  return {
    kid: toKeyId("server", publicKey),
    kty: "OKP",
    crv: "Ed25519",
    x: Buffer.from(publicKey).toString("base64url"),
    d: Buffer.from(seed).toString("base64url"),
  };
}
