/** Where a compiled binary finds its own modules. */
const INSIDE_BINARY = "/$bunfs/";

/** What is known of a running program: of this one, unless said otherwise. */
type Program = Pick<NodeJS.Process, "argv" | "execPath" | "env">;

/**
 * Runs this program again with the same command line and one more flag, as a process that outlives this one, and gives
 * its exit code. Where the binary was replaced meanwhile, it is the new one that runs.
 */
export function relaunch(flag: string, { argv, execPath, env: own }: Program = process): Promise<number> {
  const [, script = "", ...args] = argv;
  const program = script.startsWith(INSIDE_BINARY) ? [execPath] : [execPath, script];
  // The watchdog's eye is on whoever is the service then: sd_watchdog_enabled(3).
  const { WATCHDOG_PID: _, ...env } = own;
  const command = [...program, ...args.filter((arg) => arg !== flag), flag];
  return Bun.spawn(command, { env, stdio: ["ignore", "inherit", "inherit"] }).exited;
}
