import { setPriority } from "node:os";
import { answerOrders } from "../processes/asked-process.ts";
import { readUsage } from "../processes/usage.ts";
import { type AnswerCheck, createAnswerCheck } from "./check-answers.ts";
import { openConnections } from "./connection.ts";
import type { LoadOrder, LoadResult } from "./load-order.ts";
import { runClosed, runOpen } from "./loops.ts";
import { createPacer } from "./pacer.ts";
import { LIVEZ, prepareConnects } from "./requests.ts";
import type { HttpAnswer } from "./response-parser.ts";

/** The load generator, in a process of its own: what is prepared and checked is so outside of what is timed. */

const HIGH_PRIORITY = -10;

goFirst();
const pacer = createPacer();
const checks = new Map<string, AnswerCheck>();

answerOrders<LoadOrder, LoadResult>(async (order) => {
  const { bytes, check } = prepare(order);
  using connections = await openConnections(order.target, order.connections);
  const others = order.otherPids ?? [];
  const before = readUsage(order.pid);
  const othersBefore = others.map(readUsage);
  const running =
    order.perSecond === undefined
      ? runClosed(connections.all, bytes)
      : runOpen(connections.all, bytes, { perSecond: order.perSecond, pacer });
  const { answers, latenciesMs, durationMs } = await Promise.race([running, connections.failed]);
  const after = readUsage(order.pid);
  const othersAfter = others.map(readUsage);
  check(answers);
  return {
    durationMs,
    latenciesMs,
    cpuUs: after.cpuUs - before.cpuUs,
    mainUs: after.mainUs - before.mainUs,
    otherCpuUs: othersAfter.map(({ cpuUs }, i) => cpuUs - (othersBefore[i]?.cpuUs ?? Number.NaN)),
    rssBytes: after.rssBytes,
  };
});

interface Prepared {
  readonly bytes: readonly Uint8Array[];
  readonly check: (answers: readonly HttpAnswer[]) => void;
}

function prepare({ what, requests: count }: LoadOrder): Prepared {
  if (what.kind === "livez") return { bytes: Array.from({ length: count }, () => LIVEZ), check: checkProbes };
  const requests = prepareConnects({ ...what, count });
  const key = JSON.stringify(what.fleet);
  const check = checks.get(key) ?? createAnswerCheck(what.fleet);
  checks.set(key, check);
  const bytes = requests.map(({ bytes }) => bytes);
  Bun.gc(true);
  return { bytes, check: (answers) => check(requests, answers) };
}

function checkProbes(answers: readonly HttpAnswer[]): void {
  const wrong = answers.find(({ status }) => status !== 200);
  if (wrong) throw new Error(`a probe was answered with ${wrong.status}`);
}

/** Takes precedence over what is measured, where the system allows it: else its own waiting would look like the server's. */
function goFirst(): void {
  try {
    setPriority(HIGH_PRIORITY);
  } catch {
    // Only root may.
  }
}
