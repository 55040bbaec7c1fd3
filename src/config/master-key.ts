import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../errors.ts";
import { toReason } from "./secrets.ts";

/** The key that the Deno gateway's sample config has: everybody knows it, so whoever uses it gives every room away. */
const SAMPLE_MASTER_KEY = "VGhpcyBpcyBhIHN1cGVyIHNlY3JldCBtYXN0ZXIga2V5IQ==";
const MIN_BYTES = 16;
const GENERATED_BYTES = 32;
const FILE_NAME = "master.key";

/** Reads a master key, which stands at `path` of the config; throws a ConfigError that never quotes it. */
export function parseMasterKey(
  text: string,
  options: { source: string; path?: string; allowSample: boolean },
): Uint8Array {
  const { path = "masterKey" } = options;
  const refuse = (message: string) => new ConfigError(options.source, [{ path, message }]);
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64").replace(/=+$/, "") !== text.replace(/=+$/, "")) throw refuse("must be base64");
  if (bytes.length < MIN_BYTES) throw refuse(`must be at least ${MIN_BYTES} bytes in base64, found ${bytes.length}`);
  if (bytes.equals(Buffer.from(SAMPLE_MASTER_KEY, "base64")) && !options.allowSample) {
    throw refuse(
      'is the sample key that everybody knows: make one of your own, with "openssl rand -base64 32" for example, or leave masterKey out (to use it all the same: --insecure-sample-key)',
    );
  }
  return new Uint8Array(bytes);
}

/** Path of the generated master key of a state folder. */
export function toMasterKeyFile(stateDir: string): string {
  return join(stateDir, FILE_NAME);
}

/** The generated master key of a state folder, if there is one; throws a ConfigError if it cannot be read. */
export function findMasterKey(stateDir: string): Uint8Array | undefined {
  const file = toMasterKeyFile(stateDir);
  try {
    return parseMasterKey(readFileSync(file, "utf8").trimEnd(), { source: file, allowSample: false });
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (isMissing(error)) return undefined;
    throw refuse(file, `cannot read the generated master key: ${toReason(error)}`);
  }
}

/**
 * The generated master key of a state folder: made at the first call, mode 0600, and the same ever after.
 * Throws a ConfigError if it can be neither read nor made.
 */
export function findOrCreateMasterKey(stateDir: string): Uint8Array {
  const known = findMasterKey(stateDir);
  if (known) return known;
  const file = toMasterKeyFile(stateDir);
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    return createMasterKey(file);
  } catch (error) {
    throw refuse(file, `cannot keep a generated master key: ${toReason(error)}`);
  }
}

function refuse(file: string, message: string): ConfigError {
  return new ConfigError(file, [{ path: "", message }]);
}

/** Writes the key beside its place, and links it there: whoever comes second finds a whole key, and takes that one. */
function createMasterKey(file: string): Uint8Array {
  const key = crypto.getRandomValues(new Uint8Array(GENERATED_BYTES));
  const draft = `${file}.${process.pid}`;
  const descriptor = openSync(draft, "w", 0o600);
  try {
    writeSync(descriptor, `${key.toBase64()}\n`);
    fsyncSync(descriptor);
    linkSync(draft, file);
    return key;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    return parseMasterKey(readFileSync(file, "utf8").trimEnd(), { source: file, allowSample: false });
  } finally {
    closeSync(descriptor);
    unlinkSync(draft);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
