import { devNull } from "node:os";
import { toReason } from "./secrets.ts";

/** The exit code by which a trial says that the module was imported to the end: nothing else uses it. */
const LOADED = 213;

/**
 * Imports a module and waits for what it promises. Whatever it throws is no business of this process: the next one that
 * imports the module will be told. The timer is for a module that waits for what never comes: without one, Bun would
 * not sleep until the deadline, but spin.
 */
const SCRIPT = `
delete process.env.BUN_BE_BUN;
process.on("uncaughtException", () => {});
process.on("unhandledRejection", () => {});
setInterval(() => {}, 1000);
try {
  const module = await import(process.argv[1]);
  await module.default;
} catch {}
process.exit(${LOADED});
`;

/** What a module has that does more than hold data: nothing is called without a bracket, a template, `new` or an import. */
const DOING = /[(`]|\b(?:new|import|await)\b/;

/** Says whether to import a bundled module can do anything but give a value: most configs hold data and nothing else. */
export function canDoHarm(text: string): boolean {
  return DOING.test(text);
}

/**
 * Imports a module in a process of its own, so that an endless loop, a `process.exit` or a crash in it costs that process
 * and not this one. Gives what went wrong in words, or nothing.
 *
 * The process is this executable as plain Bun (`BUN_BE_BUN`), in the same folder and with the same environment, and steered
 * by no file of that folder. It ends with this process, however that ends.
 */
export async function tryImport(
  file: string,
  { execPath, deadlineMs, signal }: { execPath: string; deadlineMs: number; signal: AbortSignal },
): Promise<string | undefined> {
  let isLate = false;
  try {
    const child = Bun.spawn(
      [execPath, "--no-orphans", "--no-env-file", `--config=${devNull}`, "--no-install", "-e", SCRIPT, file],
      {
        env: { ...process.env, BUN_BE_BUN: "1" },
        stdio: ["ignore", "ignore", "ignore"],
        signal,
        killSignal: "SIGKILL",
      },
    );
    const deadline = setTimeout(() => {
      isLate = true;
      child.kill("SIGKILL");
    }, deadlineMs);
    await child.exited;
    clearTimeout(deadline);
    if (signal.aborted) return "was not loaded to the end, as the gateway ends";
    if (isLate) return `did not finish loading within ${deadlineMs / 1000} s`;
    if (child.exitCode === LOADED) return undefined;
    if (child.exitCode !== null) return `called process.exit(${child.exitCode}) while it was loading`;
    return `ended its process by ${child.signalCode} while it was loading`;
  } catch (error) {
    return `cannot be tried in a process of its own: ${toReason(error)}`;
  }
}
