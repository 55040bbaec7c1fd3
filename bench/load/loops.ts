import type { Connection } from "./connection.ts";
import type { HttpAnswer } from "./response-parser.ts";
import { createSchedule } from "./schedule.ts";

/** How a stretch of requests went. */
export interface Stretch {
  readonly durationMs: number;
  /** By request. */
  readonly latenciesMs: Float64Array;
  /** By request. */
  readonly answers: readonly HttpAnswer[];
}

/** Timers are no finer than a millisecond: from so much before a request is due, the loop looks at the clock all the time. */
const SPIN_MS = 1.5;

/** Closed loop: every connection sends its next request when the one before was answered. */
export function runClosed(connections: readonly Connection[], requests: readonly Uint8Array[]): Promise<Stretch> {
  const ended = Promise.withResolvers<Stretch>();
  const latenciesMs = new Float64Array(requests.length);
  const answers: HttpAnswer[] = [];
  let next = 0;
  let answered = 0;
  const startedAt = performance.now();
  for (const connection of connections) {
    let index = 0;
    let sentAt = 0;
    const sendNext = () => {
      const request = requests[next];
      if (request === undefined) return;
      index = next++;
      sentAt = performance.now();
      connection.send(request);
    };
    connection.listen((answer) => {
      const now = performance.now();
      latenciesMs[index] = now - sentAt;
      answers[index] = answer;
      answered++;
      if (answered === requests.length) ended.resolve({ durationMs: now - startedAt, latenciesMs, answers });
      else sendNext();
    });
    sendNext();
  }
  return ended.promise;
}

/**
 * Open loop: requests are due at a fixed rate and go out then, or as soon as a connection is free. A latency counts from the
 * moment at which the request was due, so that whoever is late once is late for all who wait meanwhile.
 * `isExact` hits the moment to some microseconds, at the price of a processor; else it is a millisecond or two.
 */
export function runOpen(
  connections: readonly Connection[],
  requests: readonly Uint8Array[],
  options: { perSecond: number; isExact: boolean },
): Promise<Stretch> {
  const ended = Promise.withResolvers<Stretch>();
  const latenciesMs = new Float64Array(requests.length);
  const answers: HttpAnswer[] = [];
  const schedule = createSchedule(options.perSecond, requests.length);
  const free = [...connections];
  let next = 0;
  let answered = 0;
  const startedAt = performance.now();

  function sendDue(): void {
    const due = schedule.countDue(performance.now() - startedAt);
    while (next < due) {
      const connection = free.shift();
      const request = requests[next];
      if (!connection || !request) return;
      send(connection, request, next++);
    }
  }

  function send(connection: Connection, request: Uint8Array, index: number): void {
    connection.listen((answer) => {
      const elapsedMs = performance.now() - startedAt;
      latenciesMs[index] = elapsedMs - schedule.dueMs(index);
      answers[index] = answer;
      answered++;
      free.push(connection);
      if (answered === requests.length) ended.resolve({ durationMs: elapsedMs, latenciesMs, answers });
      else sendDue();
    });
    connection.send(request);
  }

  function tick(): void {
    sendDue();
    const due = schedule.countDue(performance.now() - startedAt);
    if (due === requests.length && next === due) return;
    const waitMs = schedule.dueMs(due) + startedAt - performance.now();
    if (waitMs > SPIN_MS + 1) setTimeout(tick, waitMs - SPIN_MS);
    else if (options.isExact) setImmediate(tick);
    else setTimeout(tick, 1);
  }

  tick();
  return ended.promise;
}
