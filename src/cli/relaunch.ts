/** Where a compiled binary finds its own modules. */
const INSIDE_BINARY = "/$bunfs/";

/**
 * Runs this program again with the same command line and one more flag, as a process that outlives this one, and gives
 * its exit code. Where the binary was replaced meanwhile, it is the new one that runs.
 */
export function relaunch(flag: string): Promise<number> {
  const [, script = "", ...args] = process.argv;
  const program = script.startsWith(INSIDE_BINARY) ? [process.execPath] : [process.execPath, script];
  // The watchdog's eye is on whoever is the service then: sd_watchdog_enabled(3).
  const { WATCHDOG_PID: _, ...env } = process.env;
  const command = [...program, ...args.filter((arg) => arg !== flag), flag];
  return Bun.spawn(command, { env, stdio: ["ignore", "inherit", "inherit"] }).exited;
}
