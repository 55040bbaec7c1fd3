/**
 * `bun run audit`: asks the registry for known faults of the packages in bun.lock. Known faults fail it; a registry that
 * cannot be asked, as in a sandbox, does not, and is said.
 */

/** How asking ended. */
export type AuditOutcome = "clean" | "faults" | "unreachable" | "failed";

/** How `bun audit --json` ended, and what it printed. */
export interface AuditRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What `bun audit` says when it could not ask: no connection, or a proxy or mirror that does not offer it. */
const NOT_ASKED = /^error: POST \S+\/-\/npm\/v1\/security\/advisories\/bulk - ([A-Za-z]\w*|403|404|405|407|5\d\d)$/m;

/** Judges a run; `failed` is whatever is neither an answer of the registry nor the want of one. */
export function judgeAudit({ code, out, err }: AuditRun): AuditOutcome {
  if (code === 0) return isAnswer(out) ? "clean" : "failed";
  if (isAnswer(out)) return "faults";
  return out.trim() === "" && NOT_ASKED.test(err) ? "unreachable" : "failed";
}

function isAnswer(out: string): boolean {
  try {
    return typeof JSON.parse(out) === "object";
  } catch {
    return false;
  }
}

/** Runs `bun audit --json` on the packages of this folder. */
export async function runAudit(env: Readonly<Record<string, string | undefined>>): Promise<AuditRun> {
  const cwd = `${import.meta.dir}/..`;
  const child = Bun.spawn([process.execPath, "audit", "--json"], { cwd, env, stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, out, err };
}

if (import.meta.main) {
  const run = await runAudit(process.env);
  const outcome = judgeAudit(run);
  if (outcome === "clean") console.log("audit: the registry knows of no fault in the packages of bun.lock");
  else if (outcome === "unreachable")
    console.warn(`audit: NOT DONE, the registry could not be asked\n${run.err.trim()}`);
  else console.error(`audit: ${outcome}\n${run.out}${run.err}`);
  process.exitCode = outcome === "clean" || outcome === "unreachable" ? 0 : 1;
}
