import { existsSync, statSync } from "node:fs";
import { Glob } from "bun";

const ROOT = new URL("../../", import.meta.url).pathname;

/** The gateway's binary, as it is shipped. */
export const GATEWAY_BINARY = `${ROOT}dist/odin-gateway`;
/** The limit server's. */
export const LIMIT_BINARY = `${ROOT}dist/limit-server`;

const SOURCES = ["src/**/*.ts", "index.ts", "package.json", "bun.lock"];
const LIMIT_SOURCES = ["bench/limit-server.ts", "bench/keys.ts", "bench/fleet.ts", "src/auth/*.ts", "package.json"];
const COMPILE = [
  "build",
  "--compile",
  "--minify",
  "--bytecode",
  "--format=esm",
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
];

/** Builds the two binaries that are measured, unless they are newer than what they are made of. */
export async function buildBinaries(): Promise<void> {
  if (isOutdated(GATEWAY_BINARY, SOURCES)) await run(["run", "build"]);
  if (isOutdated(LIMIT_BINARY, LIMIT_SOURCES))
    await run([...COMPILE, "bench/limit-server.ts", "--outfile", LIMIT_BINARY]);
}

function isOutdated(binary: string, patterns: readonly string[]): boolean {
  if (!existsSync(binary)) return true;
  const builtAt = statSync(binary).mtimeMs;
  const files = patterns.flatMap((pattern) => [...new Glob(pattern).scanSync({ cwd: ROOT, absolute: true })]);
  return files.some((file) => statSync(file).mtimeMs > builtAt);
}

async function run(args: readonly string[]): Promise<void> {
  const child = Bun.spawn([process.execPath, ...args], { cwd: ROOT, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  if ((await child.exited) !== 0) throw new Error(`bun ${args.join(" ")} failed:\n${out}${err}`);
}
