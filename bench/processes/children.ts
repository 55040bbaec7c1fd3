import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The processes and the files of a run, which end with it: when disposed of, and also on Ctrl-C. */
export interface Children extends AsyncDisposable {
  /** A folder for the run's files. */
  readonly folder: string;
  /** Has a process end with the run at the latest. */
  readonly adopt: (child: Child) => void;
  /** Asks a process to end, and kills it if it does not. */
  readonly end: (child: Child) => Promise<void>;
}

type Child = Pick<Bun.Subprocess, "kill" | "exited" | "exitCode" | "signalCode">;

const END_DEADLINE_MS = 10_000;
const INTERRUPTED = 130;

/** Begins a run. */
export function createChildren(): Children {
  const folder = mkdtempSync(join(tmpdir(), "odin-gateway-bench-"));
  const running = new Set<Child>();

  function cut(): void {
    for (const child of running) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }

  function interrupt(): void {
    process.exit(INTERRUPTED);
  }

  async function end(child: Child): Promise<void> {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), END_DEADLINE_MS);
    await child.exited;
    clearTimeout(timer);
    running.delete(child);
  }

  process.on("exit", cut);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
  return {
    folder,
    adopt: (child) => void running.add(child),
    end,
    async [Symbol.asyncDispose]() {
      await Promise.all([...running].map(end));
      process.off("exit", cut);
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, interrupt);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
