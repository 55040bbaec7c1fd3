import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { ConfigIssue } from "../errors.ts";
import type { Secret } from "./schema.ts";

/** Reads what a config refers to, and collects what cannot be read. */
export interface ReferenceReader {
  readonly issues: ConfigIssue[];
  /** A secret in plain text; the empty text, and an issue, if it is not there. */
  readonly secret: (path: string, secret: Secret) => string;
  /** Text of a file; the empty text, and an issue, if it cannot be read. */
  readonly file: (path: string, file: string) => string;
}

/** Creates a reader; relative files are looked for in `folder`, the folder of the config file. */
export function createReferenceReader(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): ReferenceReader {
  const issues: ConfigIssue[] = [];

  function file(path: string, name: string): string {
    try {
      return readFileSync(resolve(folder, name), "utf8");
    } catch (error) {
      issues.push({ path, message: `cannot read ${resolve(folder, name)}: ${toReason(error)}` });
      return "";
    }
  }

  function secret(path: string, value: Secret): string {
    if (typeof value === "string") return value;
    if ("file" in value) return file(path, value.file).trimEnd();
    const text = env[value.env];
    if (text === undefined || text === "") issues.push({ path, message: `the environment has no ${value.env}` });
    return text ?? "";
  }

  return { issues, secret, file };
}

/** What the system says of a failed call: "no such file" rather than a stack. */
export function toReason(error: unknown): string {
  const { code, message } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : { code: undefined, message: String(error) };
  const REASONS: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file",
    EACCES: "permission denied",
    EISDIR: "it is a folder",
    ENOSPC: "the disk is full",
    EROFS: "the file system is read-only",
  };
  return REASONS[code ?? ""] ?? message;
}
