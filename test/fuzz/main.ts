/** Drives everything that reads what others wrote with inputs that are nearly right: `bun run fuzz --help`. */
import { parseArgs } from "node:util";
import { formatFinding, formatResults } from "./output.ts";
import { runTarget, type TargetResult } from "./run-target.ts";
import { findTarget, TARGETS } from "./targets.ts";
import { tryInput } from "./try-input.ts";

const HELP = `bun run fuzz [flags]: drives all parsers with inputs that are nearly right, and says what went wrong

  --seconds N      time for all targets together (30)
  --seed N         the same seed gives the same inputs (one at random)
  --target NAME    this one alone: ${TARGETS.map(({ name }) => name).join(", ")}
  --replay BASE64  give this input to the target, and nothing else
`;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "30" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e9)) },
    target: { type: "string" },
    replay: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function run(): Promise<number> {
  if (values.help) {
    say(HELP);
    return 0;
  }
  if (values.replay !== undefined) return replay(values.target ?? "", values.replay);
  const [seconds, seed] = [toNumber("seconds", values.seconds), toNumber("seed", values.seed)];
  const targets = values.target === undefined ? TARGETS : [findTarget(values.target)];
  const results: TargetResult[] = [];
  say(`seed ${seed}`);
  for (const { name } of targets) {
    const forMs = (seconds * 1_000) / targets.length;
    const result = await runTarget({ target: name, seed, forMs }, ({ inputs, findings }) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${name}: ${inputs} inputs, ${findings.length} faults\x1b[K`);
    });
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
    else say(`${name}: ${result.inputs} inputs, ${result.findings.length} faults`);
    for (const finding of result.findings) say(formatFinding(finding));
    results.push(result);
  }
  say(formatResults(results));
  return results.some(({ findings, accepted }) => findings.length > 0 || accepted === 0) ? 1 : 0;
}

async function replay(name: string, base64: string): Promise<number> {
  const outcome = await tryInput(findTarget(name).create(), Buffer.from(base64, "base64"));
  say(typeof outcome === "string" ? `it was ${outcome}` : `${outcome.kind}: ${outcome.message}`);
  return typeof outcome === "string" ? 0 : 1;
}

function toNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} must be a number from 0 on, not "${text}"`);
  return value;
}

process.exitCode = await run();
