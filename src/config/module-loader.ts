import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigError, type ConfigIssue } from "../errors.ts";
import { toReason } from "./secrets.ts";

const IMPORT_DEADLINE_MS = 10_000;
const LATE = new Error(`not done after ${IMPORT_DEADLINE_MS / 1000} s`);

/** What a config module exports, and the files of which it consists: its own and those that it imports locally. */
export interface LoadedModule {
  readonly config: unknown;
  readonly files: readonly string[];
  /** Changes when anything in the module or its local imports does. */
  readonly digest: string;
}

/** Loads config modules afresh, however often. */
export interface ModuleLoader extends Disposable {
  /** The default export of a TypeScript or JavaScript module; throws a ConfigError with file, line and column. */
  readonly load: (path: string) => Promise<LoadedModule>;
}

/**
 * Creates a loader. A config is bundled with what it imports locally, written to a folder that only this user can read,
 * imported from there and removed: imported directly, it would stay in the module cache, and its text, secrets
 * included, in Bun's transpiler cache on disk.
 */
export function createModuleLoader(): ModuleLoader {
  const folder = createPrivateFolder();
  // One and the same path, as every further one would stay in memory; but a module that hangs holds its own for good.
  let output = join(folder, "config.mjs");
  const { cache } = createRequire(output);
  let hung = 0;

  return {
    async load(path) {
      const { text, files } = await bundle(path);
      writeFileSync(output, text, { mode: 0o600 });
      try {
        delete cache[realpathSync(output)];
        const { default: config } = await importInTime(output);
        const digest = createHash("sha256").update(text).digest("hex");
        if (config !== undefined) return { config, files, digest };
      } catch (error) {
        if (error === LATE) hung++;
        throw refuse(path, `did not load: ${toOwnStack(error, folder, path)}`);
      } finally {
        rmSync(output, { force: true });
        output = join(folder, hung === 0 ? "config.mjs" : `config-${hung}.mjs`);
      }
      throw refuse(path, "has no default export: export default {…}");
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function createPrivateFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), "odin-gateway-"));
  } catch (error) {
    throw refuse(tmpdir(), `cannot make a temporary folder here, set TMPDIR to one where it can: ${toReason(error)}`);
  }
}

/** Imports a module, and what it promises; gives up when it is not done in time. A loop without end in it cannot be given up. */
async function importInTime(file: string): Promise<{ default?: unknown }> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(LATE), IMPORT_DEADLINE_MS);
  try {
    const config = import(file).then(async (module: { default?: unknown }) => ({ default: await module.default }));
    return await Promise.race([config, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function refuse(source: string, message: string): ConfigError {
  return new ConfigError(source, [{ path: "", message }]);
}

async function bundle(path: string): Promise<{ text: string; files: string[] }> {
  if (readModule(path).trim() === "") throw refuse(path, "it is empty");
  try {
    const { outputs, metafile } = await Bun.build({
      entrypoints: [path],
      target: "bun",
      format: "esm",
      sourcemap: "inline",
      metafile: true,
      define: {
        "import.meta.dir": JSON.stringify(dirname(path)),
        "import.meta.dirname": JSON.stringify(dirname(path)),
        "import.meta.path": JSON.stringify(path),
        "import.meta.filename": JSON.stringify(path),
        "import.meta.file": JSON.stringify(basename(path)),
        "import.meta.url": JSON.stringify(pathToFileURL(path).href),
      },
    });
    const files = Object.keys(metafile?.inputs ?? {}).map((file) => resolve(file));
    return { text: (await outputs[0]?.text()) ?? "", files: files.filter((file) => !file.includes("/node_modules/")) };
  } catch (error) {
    throw new ConfigError(path, toBuildIssues(error));
  }
}

function readModule(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw refuse(path, toReason(error));
  }
}

function toBuildIssues(error: unknown): ConfigIssue[] {
  if (!(error instanceof AggregateError))
    return [{ path: "", message: error instanceof Error ? error.message : String(error) }];
  return error.errors.map(
    (problem: { message: string; position?: { file: string; line: number; column: number } | null }) => ({
      path: problem.position ? `${problem.position.file}:${problem.position.line}:${problem.position.column}` : "",
      message: problem.message,
    }),
  );
}

/** Message and first lines of the stack, without those that lie in the gateway, with the places of the original files. */
function toOwnStack(error: unknown, folder: string, path: string): string {
  if (!(error instanceof Error)) return String(error);
  const lines = (error.stack ?? error.message).split("\n").filter((line) => !line.includes("module-loader"));
  return lines.slice(0, 4).join("\n    ").replaceAll(folder, dirname(path));
}
