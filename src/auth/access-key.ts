import { type PrivateJwk, toPrivateJwk } from "./ed25519.ts";

const VERSION = 0x01;
const CRC_POLYNOMIAL = 0x31;

/**
 * Reads a customer's access key: 33 bytes in base64, of which bytes 1 to 32 are the Ed25519 seed.
 * Throws an Error that names the fault and never quotes the key. Source: docs/protocol.md, "Keys".
 */
export function parseAccessKey(accessKey: string): PrivateJwk {
  const bytes = Buffer.from(accessKey, "base64");
  if (bytes.toString("base64") !== accessKey || bytes.length !== 33) {
    throw new Error("the access key must be 33 bytes in base64, which is 44 characters");
  }
  if (bytes[0] !== VERSION) throw new Error(`the access key has version ${bytes[0]}, expected ${VERSION}`);
  const seed = new Uint8Array(bytes.subarray(1));
  if (crc8(seed) !== 0) throw new Error("the access key's checksum does not match: a character is wrong");
  return toPrivateJwk("customer", seed);
}

/** Makes an access key of 31 random bytes; its CRC byte is part of the seed. */
export function createAccessKey(randomBytes: Uint8Array = crypto.getRandomValues(new Uint8Array(31))): string {
  if (randomBytes.length !== 31) throw new Error(`an access key takes 31 random bytes, not ${randomBytes.length}`);
  return new Uint8Array([VERSION, ...randomBytes, crc8(randomBytes)]).toBase64();
}

/** CRC-8 with polynomial 0x31, initial value 0xFF, no reflection, no final XOR. */
function crc8(bytes: Uint8Array): number {
  let crc = 0xff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ CRC_POLYNOMIAL) & 0xff : (crc << 1) & 0xff;
  }
  return crc;
}
