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
