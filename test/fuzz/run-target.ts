import { writeFileSync } from "node:fs";
import { createTempFolder } from "../temp-folder.ts";
import type { FuzzOrder, FuzzReport } from "./fuzz-process.ts";
import { findTarget } from "./targets.ts";
import { type Finding, makeInput } from "./try-input.ts";

/** How a target did. */
export interface TargetResult {
  readonly target: string;
  readonly inputs: number;
  readonly accepted: number;
  readonly refused: number;
  readonly slowestMs: number;
  readonly findings: readonly Finding[];
}

/** An input that takes longer hangs, also on a machine that has much else to do. */
const DEADLINE_MS = 10_000;
const PROGRAM = new URL("./fuzz-process.ts", import.meta.url).pathname;
const LOOK_MS = 250;
const MAX_FINDINGS = 5;
const PLACE_BYTES = 4;

/** What is to be driven for how long, and by which program: the fuzzer's own, but in its tests. */
export interface RunOptions extends Pick<FuzzOrder, "target" | "seed" | "forMs"> {
  readonly program?: string;
  readonly deadlineMs?: number;
}

/**
 * Drives a target for some time in a process of its own, which is killed if an input takes longer than the deadline (ten
 * seconds), and begun again behind an input that ended it. `onProgress` is told how it stands.
 */
export async function runTarget(
  { program = PROGRAM, deadlineMs = DEADLINE_MS, ...order }: RunOptions,
  onProgress: (result: TargetResult) => void = () => {},
): Promise<TargetResult> {
  using folder = createTempFolder();
  const placeFile = folder.file("place");
  writeFileSync(placeFile, Buffer.alloc(PLACE_BYTES));
  const place = new Uint32Array(Bun.mmap(placeFile).buffer);
  const endAt = performance.now() + order.forMs;
  let result: TargetResult = { target: order.target, inputs: 0, accepted: 0, refused: 0, slowestMs: 0, findings: [] };
  let from = 0;
  while (performance.now() < endAt && result.findings.length < MAX_FINDINGS) {
    const forMs = endAt - performance.now();
    place[0] = from;
    const child = spawn(program, { ...order, from, forMs, placeFile }, (report) => {
      result = add(result, report);
      onProgress(result);
    });
    const end = await watch(child, place, deadlineMs);
    if (end === undefined) break;
    const index = place[0] ?? from;
    const input = makeInput(findTarget(order.target), order.seed, index).toString("base64");
    const finding = { target: order.target, seed: order.seed, index, ...end, input };
    result = add(result, { inputs: 1, accepted: 0, refused: 0, slowestMs: 0, findings: [finding] });
    from = index + 1;
  }
  return result;
}

function spawn(program: string, order: FuzzOrder, onReport: (report: FuzzReport) => void) {
  return Bun.spawn([process.execPath, program, JSON.stringify(order)], {
    stdout: "ignore",
    stderr: "pipe",
    ipc: onReport,
  });
}

/** Says how the process ended, if it was not by itself; ends it when it has been at one place for too long. */
async function watch(
  child: ReturnType<typeof spawn>,
  place: Uint32Array,
  deadlineMs: number,
): Promise<Pick<Finding, "kind" | "message"> | undefined> {
  const errors = new Response(child.stderr).text();
  let [seen, seenAt, isHung] = [place[0], performance.now(), false];
  const timer = setInterval(() => {
    if (place[0] !== seen) [seen, seenAt] = [place[0], performance.now()];
    if (performance.now() - seenAt < deadlineMs) return;
    isHung = true;
    child.kill("SIGKILL");
  }, LOOK_MS);
  const code = await child.exited;
  clearInterval(timer);
  if (isHung) return { kind: "hang", message: `not done after ${deadlineMs / 1_000} s` };
  return code === 0 ? undefined : { kind: "crash", message: `the process ended with ${code}: ${await errors}` };
}

function add(result: TargetResult, { inputs, accepted, refused, slowestMs, findings }: FuzzReport): TargetResult {
  return {
    target: result.target,
    inputs: result.inputs + inputs,
    accepted: result.accepted + accepted,
    refused: result.refused + refused,
    slowestMs: Math.max(result.slowestMs, slowestMs),
    findings: [...result.findings, ...findings],
  };
}
