import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** Told of a file that a config needs, there or not, and of the fingerprint of what was read. */
export type OnRead = (file: string, fingerprint: string) => void;

/** A text that changes when the content does; a file that cannot be read has one as well. */
export function toFingerprint(content: Uint8Array | undefined): string {
  return content === undefined ? "missing" : createHash("sha256").update(content).digest("hex");
}

/** The fingerprint of a file at this moment. */
export function readFingerprint(file: string): string {
  try {
    return toFingerprint(readFileSync(file));
  } catch {
    return toFingerprint(undefined);
  }
}

/** The files that a config consists of, over all attempts to load it. */
export interface ReadFiles {
  /** Notes a file of the attempt that is running; what was read first counts, as a later change has to be found. */
  readonly note: OnRead;
  /** Leaves those of the attempt that is running: they are all that the config consists of. */
  readonly forgetOthers: () => void;
  /** Ends the attempt: all files, each with the fingerprint that it was read with; without one if it was not reached. */
  readonly take: () => ReadonlyMap<string, string | undefined>;
}

/** Creates the record of the files of one config. */
export function createReadFiles(): ReadFiles {
  const known = new Set<string>();
  const attempt = new Map<string, string>();
  return {
    note(file, fingerprint) {
      known.add(file);
      if (!attempt.has(file)) attempt.set(file, fingerprint);
    },
    forgetOthers() {
      for (const file of known) if (!attempt.has(file)) known.delete(file);
    },
    take() {
      const files = new Map([...known].map((file) => [file, attempt.get(file)]));
      attempt.clear();
      return files;
    },
  };
}
