/** Where a compiled binary finds its own modules. */
const INSIDE_BINARY = "/$bunfs/";

/** What is known of a running program: of this one, unless said otherwise. */
export type Program = Pick<NodeJS.Process, "argv" | "execPath" | "env">;

/** The command line that runs a program again; where its binary was replaced meanwhile, it is the new one that runs. */
export function toOwnCommand({ argv, execPath }: Pick<Program, "argv" | "execPath">): string[] {
  const [, script = "", ...args] = argv;
  return [execPath, ...(script.startsWith(INSIDE_BINARY) ? [] : [script]), ...args];
}

/**
 * Runs this program again with the same command line and one more flag, as a process that outlives this one, and gives
 * its exit code.
 */
export function relaunch(flag: string, program: Program = process): Promise<number> {
  // The watchdog's eye is on whoever is the service then: sd_watchdog_enabled(3).
  const { WATCHDOG_PID: _, ...env } = program.env;
  const command = [...toOwnCommand(program).filter((arg) => arg !== flag), flag];
  return Bun.spawn(command, { env, stdio: ["ignore", "inherit", "inherit"] }).exited;
}
