import { cpus, totalmem } from "node:os";
import packageJson from "../../package.json" with { type: "json" };

/** On what a run was measured, and what. */
export interface Origin {
  readonly at: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memoryGb: number };
  readonly versions: { readonly bun: string; readonly gateway: string; readonly commit: string };
}

/** Describes this machine, and what is measured on it. */
export function describeOrigin(): Origin {
  const [first] = cpus();
  return {
    at: new Date().toISOString(),
    machine: {
      cpu: first?.model ?? "unknown",
      cores: navigator.hardwareConcurrency,
      memoryGb: Math.round(totalmem() / 1e9),
    },
    versions: { bun: Bun.version, gateway: packageJson.version, commit: readCommit() },
  };
}

function readCommit(): string {
  const git = (...words: string[]) => {
    const { stdout, exitCode } = Bun.spawnSync(["git", ...words], { cwd: import.meta.dir, stderr: "ignore" });
    return exitCode === 0 ? stdout.toString().trim() : undefined;
  };
  const commit = git("rev-parse", "--short", "HEAD");
  if (commit === undefined) return "unknown";
  return git("status", "--porcelain", "--", "../src", "../index.ts") ? `${commit}, changed` : commit;
}
