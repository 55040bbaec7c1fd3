import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigError, type ConfigIssue } from "../errors.ts";

/** Loads config modules afresh, however often. */
export interface ModuleLoader extends Disposable {
  /** The default export of a TypeScript or JavaScript module; throws a ConfigError with file, line and column. */
  readonly load: (path: string) => Promise<unknown>;
}

/**
 * Creates a loader. A config is bundled with what it imports locally, written to a folder that only this user can read,
 * imported from there and removed: imported directly, it would stay in the module cache, and its text, secrets
 * included, in Bun's transpiler cache on disk.
 */
export function createModuleLoader(): ModuleLoader {
  const folder = mkdtempSync(join(tmpdir(), "odin-gateway-"));
  const output = join(folder, "config.mjs");
  const { cache } = createRequire(output);

  return {
    async load(path) {
      writeFileSync(output, await bundle(path), { mode: 0o600 });
      try {
        delete cache[realpathSync(output)];
        const module: { default?: unknown } = await import(output);
        if (module.default === undefined)
          throw new ConfigError(path, [{ path: "", message: "has no default export: export default {…}" }]);
        return module.default;
      } catch (error) {
        if (error instanceof ConfigError) throw error;
        throw new ConfigError(path, [
          { path: "", message: `threw while it was loaded: ${toOwnStack(error, output, path)}` },
        ]);
      } finally {
        rmSync(output, { force: true });
      }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function bundle(path: string): Promise<string> {
  try {
    const { outputs } = await Bun.build({
      entrypoints: [path],
      target: "bun",
      format: "esm",
      sourcemap: "inline",
      define: {
        "import.meta.dir": JSON.stringify(dirname(path)),
        "import.meta.dirname": JSON.stringify(dirname(path)),
        "import.meta.path": JSON.stringify(path),
        "import.meta.filename": JSON.stringify(path),
        "import.meta.file": JSON.stringify(basename(path)),
        "import.meta.url": JSON.stringify(pathToFileURL(path).href),
      },
    });
    return (await outputs[0]?.text()) ?? "";
  } catch (error) {
    throw new ConfigError(path, toBuildIssues(error));
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

/** Message and first lines of the stack, without those that lie in the gateway. */
function toOwnStack(error: unknown, output: string, path: string): string {
  if (!(error instanceof Error)) return String(error);
  const lines = (error.stack ?? error.message)
    .split("\n")
    .filter((line) => !line.includes("src/config/module-loader.ts"));
  return lines.slice(0, 4).join("\n    ").replaceAll(output, path);
}
