import { findTarget } from "./targets.ts";
import { type Finding, makeInput, tryInput } from "./try-input.ts";

/** What this process is told in its only argument. */
export interface FuzzOrder {
  readonly target: string;
  readonly seed: number;
  /** Number of the first input. */
  readonly from: number;
  readonly forMs: number;
  /** Where it writes the number of the input that it is at: whoever kills it wants to know. */
  readonly placeFile: string;
}

/** What it tells from time to time: how it went since the last time. */
export interface FuzzReport {
  readonly inputs: number;
  readonly accepted: number;
  readonly refused: number;
  readonly slowestMs: number;
  readonly findings: readonly Finding[];
}

const TELL_EVERY_MS = 200;
const MAX_FINDINGS = 5;

async function run({ target: name, seed, from, forMs, placeFile }: FuzzOrder): Promise<void> {
  const target = findTarget(name);
  const attempt = target.create();
  const place = new Uint32Array(Bun.mmap(placeFile).buffer);
  const endAt = performance.now() + forMs;
  let found = 0;
  for (let index = from; performance.now() < endAt && found < MAX_FINDINGS; ) {
    const counts = { accepted: 0, refused: 0 };
    const findings: Finding[] = [];
    const first = index;
    let slowestMs = 0;
    const tellAt = Math.min(endAt, performance.now() + TELL_EVERY_MS);
    do {
      place[0] = index;
      const input = makeInput(target, seed, index);
      const startedAt = performance.now();
      const outcome = await tryInput(attempt, input);
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
      if (typeof outcome === "string") counts[outcome]++;
      else findings.push({ target: name, seed, index, ...outcome, input: input.toString("base64") });
      index++;
    } while (performance.now() < tellAt && found + findings.length < MAX_FINDINGS);
    found += findings.length;
    const report: FuzzReport = { inputs: index - first, ...counts, slowestMs, findings };
    await new Promise<void>((told) => process.send?.(report, undefined, undefined, () => told()));
  }
  process.disconnect?.();
}

await run(JSON.parse(process.argv[2] ?? ""));
