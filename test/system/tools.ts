/** Fails with one line that names the tools that this machine lacks. */
export function requireTools(...tools: readonly string[]): void {
  const missing = tools.filter((tool) => Bun.which(tool) === null);
  if (missing.length > 0) throw new Error(`test:system needs ${missing.join(", ")} on the PATH`);
}

/** Runs a command to its end, and throws with its output unless it exits with 0. */
export async function runTool(
  command: string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<string> {
  const child = Bun.spawn(command, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdout: "pipe",
    stderr: "pipe",
    stdin: "ignore",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}\n${out}\n${err}`);
  return out;
}

/**
 * Has a tool on the PATH, from Debian's package of that name if need be; gives nothing, or why it cannot be had: not root,
 * no apt, no network.
 */
export async function ensureTool(tool: string, debianPackage: string): Promise<string | undefined> {
  if (Bun.which(tool)) return undefined;
  if (process.getuid?.() !== 0 || !Bun.which("apt-get"))
    return `${tool} is missing, and only root on Debian can install it`;
  const install = ["apt-get", "install", "-y", "--no-install-recommends", debianPackage];
  try {
    await runTool(["timeout", "120", ...install], { cwd: "/", env: { DEBIAN_FRONTEND: "noninteractive" } });
    return undefined;
  } catch (error) {
    return `${tool} is missing, and could not be installed: ${error instanceof Error ? error.message.slice(0, 200) : error}`;
  }
}
