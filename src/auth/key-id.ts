import { createHash } from "node:crypto";

/** First byte of a key id: who holds the secret half. */
const KEY_TYPE = { customer: 0x01, server: 0x02 } as const;

/** Who holds the secret half of a key. */
export type KeyType = keyof typeof KEY_TYPE;

/** Key id: 9 bytes in standard base64, a type byte and the folded SHA-512 of the public key. */
export type KeyId = string & { readonly __brand: "KeyId" };

/**
 * Computes the key id of an Ed25519 public key.
 * The hash is folded by XOR of its eight blocks of eight bytes. Source: docs/protocol.md, "Keys".
 */
export function toKeyId(type: KeyType, publicKey: Uint8Array): KeyId {
  const hash = createHash("sha512").update(publicKey).digest();
  const id = new Uint8Array(9);
  id[0] = KEY_TYPE[type];
  for (const [i, byte] of hash.entries()) id[1 + (i & 7)] = (id[1 + (i & 7)] ?? 0) ^ byte;
  return id.toBase64() as KeyId;
}

/** Says whether `text` is a key id of that type: 9 bytes in canonical base64, the type byte in front. */
export function isKeyIdOf(type: KeyType, text: string): text is KeyId {
  const bytes = Buffer.from(text, "base64");
  return bytes.length === 9 && bytes[0] === KEY_TYPE[type] && bytes.toString("base64") === text;
}
