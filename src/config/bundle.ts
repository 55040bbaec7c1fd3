import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { pathToFileURL } from "node:url";
import type { BunPlugin, Loader } from "bun";
import { ConfigError, type ConfigIssue } from "../errors.ts";
import { type OnRead, toFingerprint } from "./read-files.ts";
import { toReason } from "./secrets.ts";

/** What `import.meta` says of a file, by the name that stands for it in the bundle. */
const META: Readonly<Record<string, (path: string) => string>> = {
  dir: dirname,
  dirname,
  path: (path) => path,
  filename: (path) => path,
  file: basename,
  url: (path) => pathToFileURL(path).href,
};
const toName = (property: string) => `__odinGatewayMeta_${property}`;
const byProperty = (toValue: (property: string) => string) =>
  Object.fromEntries(Object.keys(META).map((property) => [`import.meta.${property}`, toValue(property)]));
const NAMESPACE = "odin-gateway-meta";
const CODE: readonly Loader[] = ["js", "jsx", "ts", "tsx"];

/**
 * Bundles a module with what it imports locally, as ESM text; throws a ConfigError with file, line and column.
 * In each file, `import.meta.dir` and the like mean that file; `import.meta` as a value of its own, and
 * `import.meta.resolve`, mean the bundle.
 */
export async function bundle(path: string, onRead: OnRead): Promise<string> {
  const content = readOrRefuse(path);
  if (content.toString("utf8").trim() === "") {
    onRead(path, toFingerprint(content));
    throw refuse(path, "it is empty");
  }
  try {
    const { outputs } = await Bun.build({
      entrypoints: [path],
      target: "bun",
      format: "esm",
      sourcemap: "inline",
      define: byProperty(toName),
      plugins: [createReadingPlugin(onRead)],
    });
    return (await outputs[0]?.text()) ?? "";
  } catch (error) {
    throw new ConfigError(path, toBuildIssues(error));
  }
}

/**
 * Tells of the files that are read, and gives those that use `import.meta` an import of what it says of them. It stands at
 * the end, where it moves no line, and is only there if the parser finds a use, which a comment or a string is not.
 */
function createReadingPlugin(onRead: OnRead): BunPlugin {
  return {
    name: NAMESPACE,
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${NAMESPACE}:`) }, ({ path }) => ({ path, namespace: NAMESPACE }));
      build.onLoad({ filter: /./, namespace: NAMESPACE }, ({ path }) => {
        const file = path.slice(NAMESPACE.length + 1);
        const lines = Object.entries(META).map(
          ([property, toValue]) => `export const ${toName(property)} = ${JSON.stringify(toValue(file))};`,
        );
        return { loader: "js", contents: lines.join("\n") };
      });
      build.onLoad({ filter: /./, namespace: "file" }, ({ path, loader }) => {
        const content = readFileSync(path);
        if (!path.includes("/node_modules/")) onRead(path, toFingerprint(content));
        if (!CODE.includes(loader)) return undefined;
        const text = content.toString("utf8");
        const names = findMetaNames(text, loader);
        if (names.length === 0) return undefined;
        const from = JSON.stringify(`${NAMESPACE}:${path}`);
        return { loader, contents: `${text}\nimport { ${names.join(", ")} } from ${from};\n` };
      });
    },
  };
}

/** The names of what a text uses of `import.meta`; none if it cannot be parsed, which the bundler says better. */
function findMetaNames(text: string, loader: Loader): string[] {
  if (!text.includes("import.meta")) return [];
  const mark = crypto.randomUUID();
  const define = byProperty((property) => JSON.stringify(`${mark}${toName(property)};`));
  try {
    const transpiled = new Bun.Transpiler({ loader: loader as "ts", target: "bun", define }).transformSync(text);
    return Object.keys(META)
      .map(toName)
      .filter((name) => transpiled.includes(`${mark}${name};`));
  } catch {
    return [];
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

function readOrRefuse(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw refuse(path, toReason(error));
  }
}

function refuse(source: string, message: string): ConfigError {
  return new ConfigError(source, [{ path: "", message }]);
}
