import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ConfigError, type ConfigIssue } from "../errors.ts";
import { type OnRead, toFingerprint } from "./read-files.ts";
import type { Secret } from "./secret-schema.ts";

/** Reads what a config refers to, and collects what cannot be read. */
export interface ReferenceReader {
  readonly issues: ConfigIssue[];
  /** A secret in plain text; the empty text, and an issue, if it is not there. */
  readonly secret: (path: string, secret: Secret) => string;
  /** Text of a file; nothing, and an issue, if it cannot be read. */
  readonly file: (path: string, file: string) => string | undefined;
  /** What `parse` makes of something that was read; nothing, and its issues, if it throws a ConfigError. */
  readonly parsed: <T>(parse: () => T) => T | undefined;
}

/** Creates a reader; relative files are looked for in `folder`, the folder of the config file. `onRead` is told of each. */
export function createReferenceReader(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  onRead: OnRead = () => {},
): ReferenceReader {
  const issues: ConfigIssue[] = [];

  function file(path: string, name: string): string | undefined {
    const absolute = resolve(folder, name);
    let content: Buffer | undefined;
    try {
      content = readFileSync(absolute);
    } catch (error) {
      issues.push({ path, message: `cannot read ${absolute}: ${toReason(error)}` });
    }
    onRead(absolute, toFingerprint(content));
    return content?.toString("utf8");
  }

  function secret(path: string, value: Secret): string {
    if (typeof value === "string") return value;
    if ("env" in value) return notEmpty(path, env[value.env] ?? "", `the environment has no ${value.env}`);
    if ("file" in value) return notEmpty(path, file(path, value.file)?.trimEnd(), `${value.file} is empty`);
    return credential(path, value.credential);
  }

  /** What the service manager hands over. Source: systemd.exec(5), "LoadCredential". */
  function credential(path: string, name: string): string {
    const { CREDENTIALS_DIRECTORY: given = "" } = env;
    if (given !== "")
      return notEmpty(path, file(path, join(given, name))?.trimEnd(), `the credential ${name} is empty`);
    const message = `the environment has no CREDENTIALS_DIRECTORY to find ${name} in: a unit with LoadCredential=${name}:… sets it`;
    issues.push({ path, message });
    return "";
  }

  function notEmpty(path: string, text: string | undefined, message: string): string {
    if (text === "") issues.push({ path, message });
    return text ?? "";
  }

  function parsed<T>(parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      issues.push(...error.issues);
      return undefined;
    }
  }

  return { issues, secret, file, parsed };
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
