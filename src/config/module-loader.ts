import { createHash } from "node:crypto";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ConfigError } from "../errors.ts";
import { bundle } from "./bundle.ts";
import type { OnRead } from "./read-files.ts";
import { toReason } from "./secrets.ts";
import { canDoHarm, tryImport } from "./trial.ts";

const IMPORT_DEADLINE_MS = 10_000;

/** What a config module exports. */
export interface LoadedModule {
  readonly config: unknown;
  /** Changes when anything in the module or its local imports does. */
  readonly digest: string;
}

/** Loads config modules afresh, however often. */
export interface ModuleLoader extends Disposable {
  /**
   * The default export of a TypeScript or JavaScript module; throws a ConfigError with file, line and column.
   * `onRead` is told of the module's file and those that it imports locally, also if it turns out to be bad.
   */
  readonly load: (path: string, onRead?: OnRead) => Promise<LoadedModule>;
}

/**
 * Creates a loader. A config is bundled with what it imports locally, written to a folder that only this user can read,
 * imported from there, first by a process that may come to harm if it does more than hold data, and removed: imported directly, it would stay in the
 * module cache, and its text, secrets included, in Bun's transpiler cache on disk.
 */
export function createModuleLoader({ deadlineMs = IMPORT_DEADLINE_MS } = {}): ModuleLoader {
  const folder = createPrivateFolder();
  // One and the same path, as every further one would stay in memory; but a module that hangs holds its own for good.
  let output = join(folder, "config.mjs");
  const { cache } = createRequire(output);
  // Looked up now, for all who ask later as well: once a binary was replaced, the system only says that it is deleted.
  const { execPath } = process;
  const closing = new AbortController();
  const late = new Error(`did not finish loading within ${deadlineMs / 1000} s`);
  let hung = 0;

  /** Imports a module, and what it promises; gives up when it is not done in time. */
  async function importInTime(file: string): Promise<{ default?: unknown }> {
    const deadline = Promise.withResolvers<never>();
    const timer = setTimeout(() => deadline.reject(late), deadlineMs);
    try {
      const config = import(file).then(async (module: { default?: unknown }) => ({ default: await module.default }));
      return await Promise.race([config, deadline.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    async load(path, onRead = () => {}) {
      const text = await bundle(path, onRead);
      writeFileSync(output, text, { mode: 0o600 });
      try {
        const harm = canDoHarm(text)
          ? await tryImport(output, { execPath, deadlineMs, signal: closing.signal })
          : undefined;
        if (harm !== undefined) throw refuse(path, harm);
        delete cache[realpathSync(output)];
        const { default: config } = await importInTime(output);
        const digest = createHash("sha256").update(text).digest("hex");
        if (config !== undefined) return { config, digest };
      } catch (error) {
        if (error instanceof ConfigError) throw error;
        if (error !== late) throw refuse(path, `did not load: ${toOwnStack(error, folder, path)}`);
        hung++;
        throw refuse(path, late.message);
      } finally {
        rmSync(output, { force: true });
        output = join(folder, hung === 0 ? "config.mjs" : `config-${hung}.mjs`);
      }
      throw refuse(path, "has no default export: export default {…}");
    },
    [Symbol.dispose]() {
      closing.abort();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function createPrivateFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), "odin-gateway-"));
  } catch (error) {
    throw refuse(tmpdir(), `cannot make a temporary folder here, set TMPDIR to one where it can: ${toReason(error)}`);
  }
}

function refuse(source: string, message: string): ConfigError {
  return new ConfigError(source, [{ path: "", message }]);
}

/** Message and first lines of the stack, without those that lie in the gateway, with the places of the original files. */
function toOwnStack(error: unknown, folder: string, path: string): string {
  if (!(error instanceof Error)) return String(error);
  const lines = (error.stack ?? error.message).split("\n").filter((line) => !line.includes("module-loader"));
  return lines.slice(0, 4).join("\n    ").replaceAll(folder, dirname(path));
}
