import type { Connection } from "./connection.ts";
import type { Pacer } from "./pacer.ts";
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

/** Milliseconds until the first request of an open loop is due: time enough for the pacer to hear of it. */
const LEAD_MS = 20;

/**
 * Open loop: requests are due at a fixed rate and go out then, or as soon as a connection is free. A latency counts from the
 * moment at which the request was due, so that whoever is late once is late for all who wait meanwhile.
 */
export function runOpen(
  connections: readonly Connection[],
  requests: readonly Uint8Array[],
  { perSecond, pacer }: { perSecond: number; pacer: Pacer },
): Promise<Stretch> {
  const ended = Promise.withResolvers<Stretch>();
  const latenciesMs = new Float64Array(requests.length);
  const answers: HttpAnswer[] = [];
  const { dueMs } = createSchedule(perSecond, requests.length);
  const free = [...connections];
  let due = 0;
  let next = 0;
  let answered = 0;
  const startedAt = performance.now() + LEAD_MS;

  function sendDue(): void {
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
      latenciesMs[index] = elapsedMs - dueMs(index);
      answers[index] = answer;
      answered++;
      free.push(connection);
      if (answered === requests.length) ended.resolve({ durationMs: elapsedMs, latenciesMs, answers });
      else sendDue();
    });
    connection.send(request);
  }

  const startsAt = performance.timeOrigin + startedAt;
  pacer.start({ startsAt, perSecond, count: requests.length }, (count) => {
    due = count;
    sendDue();
  });
  return ended.promise;
}
