import type { FleetSize } from "../fleet.ts";
import { SERVER_PASSWORD } from "../keys.ts";
import { type Connection, openConnections, type Target } from "../load/connection.ts";
import { toPost } from "../load/requests.ts";
import type { HttpAnswer } from "../load/response-parser.ts";
import { createReportWriter } from "./report-body.ts";
import type { ReportResult } from "./report-order.ts";

/** The servers of a fleet, which report each on a connection of its own. */
export interface Reporter extends Disposable {
  /** Has all of them report once, some at a time. */
  readonly reportAll: () => Promise<void>;
  /** Has them report every interval, evenly spread; does nothing if they do already. */
  readonly resume: () => void;
  /** Has them wait, and gives how it went; rejects if an answer was wrong. */
  readonly pause: () => Promise<ReportResult>;
}

const TICK_MS = 2;
const AT_ONCE = 4;
const FIRST_AGE_SEC = 1_000;
/** Ages have four digits, and begin again after the last. */
const AGES = 9_000;
/** Descriptors that are kept for everything but servers' connections. */
const SPARE_FILES = 200;
/** Credentials of the servers. */
export const AUTHORIZATION = `Basic ${btoa(`sfu:${SERVER_PASSWORD}`)}`;
/** Nobody gave the servers anything to do. */
const RIGHT_ANSWER = { jsonrpc: "2.0", id: 1, result: { tasks: [] } };

/** Creates the servers of a fleet; none has reported yet. */
export async function createReporter(options: {
  target: Target;
  fleet: FleetSize;
  intervalSec: number;
  changedShare: number;
  maxFiles: number;
}): Promise<Reporter> {
  const { target, fleet, intervalSec, changedShare, maxFiles } = options;
  const count = Math.max(1, Math.min(fleet.servers, maxFiles - SPARE_FILES));
  const connections = await openConnections(target, count);
  const write = createReportWriter(fleet, changedShare);
  const outstanding = new Map<Connection, Promise<void>>();
  const startedAt = performance.now();
  const intervalMs = intervalSec * 1_000;
  let timer: Timer | undefined;
  let failure: Error | undefined;
  /** Reports since the beginning, after those of `reportAll`: which server is next, and when. */
  let sent = 0;
  let stretch = toStretch();

  function report(server: number, turn: number): Promise<void> {
    const connection = connections.all[server % count];
    if (!connection) throw new Error("there is no connection");
    const ageSec = FIRST_AGE_SEC + (Math.floor((performance.now() - startedAt) / 1_000) % AGES);
    const body = write({ server, ageSec, turn });
    const answered = send(connection, toPost("/internal", AUTHORIZATION, body)).finally(() =>
      outstanding.delete(connection),
    );
    outstanding.set(connection, answered);
    return answered;
  }

  function sendDue(): void {
    const due = Math.floor(((performance.now() - stretch.startedAt) / intervalMs) * fleet.servers);
    for (; stretch.due < due; stretch.due++) {
      const server = sent % fleet.servers;
      const connection = connections.all[server % count];
      if (connection && outstanding.has(connection)) {
        if (stretch.lateAt !== sent) stretch.late++;
        stretch.lateAt = sent;
        return;
      }
      const turn = 1 + Math.floor(sent / fleet.servers);
      sent++;
      stretch.reports++;
      report(server, turn).catch((error: Error) => {
        failure ??= error;
      });
    }
  }

  connections.failed.catch((error: Error) => {
    failure ??= error;
  });

  return {
    async reportAll() {
      const servers = Array.from({ length: fleet.servers }, (_, server) => server).values();
      const work = async () => {
        for (const server of servers) {
          const connection = connections.all[server % count];
          await (connection && outstanding.get(connection));
          await Promise.race([report(server, 0), connections.failed]);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    },
    resume() {
      if (timer) return;
      stretch = toStretch();
      timer = setInterval(sendDue, TICK_MS);
    },
    async pause() {
      clearInterval(timer);
      timer = undefined;
      await Promise.race([Promise.allSettled(outstanding.values()), connections.failed]);
      if (failure) throw failure;
      const { reports, late } = stretch;
      return { reports, late, durationMs: performance.now() - stretch.startedAt };
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      connections[Symbol.dispose]();
    },
  };
}

/** The reports from now until the next pause: those that went out, are due, had to wait, and which of them was the last to. */
function toStretch() {
  return { startedAt: performance.now(), reports: 0, due: 0, late: 0, lateAt: -1 };
}

/** Sends a report, and rejects unless the answer is right. */
function send(connection: Connection, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.listen(({ status, body }: HttpAnswer) => {
      if (status === 200 && Bun.deepEquals(JSON.parse(body), RIGHT_ANSWER)) resolve();
      else reject(new Error(`a report was answered with ${status} ${body}`));
    });
    connection.send(bytes);
  });
}
