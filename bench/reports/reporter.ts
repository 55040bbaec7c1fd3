import type { FleetSize } from "../fleet.ts";
import { SERVER_PASSWORD } from "../keys.ts";
import { type Connection, type Connections, openConnections, type Target } from "../load/connection.ts";
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
export function createReporter(options: {
  target: Target;
  fleet: FleetSize;
  intervalSec: number;
  changedShare: number;
  maxFiles: number;
}): Reporter {
  const { target, fleet, intervalSec, changedShare, maxFiles } = options;
  const count = Math.max(1, Math.min(fleet.servers, maxFiles - SPARE_FILES));
  const connections: Connection[] = [];
  const opened: Connections[] = [];
  const write = createReportWriter(fleet, changedShare);
  const outstanding = new Map<Connection, Promise<void>>();
  const startedAt = performance.now();
  const intervalMs = intervalSec * 1_000;
  let timer: Timer | undefined;
  let failure: Error | undefined;
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  /** Reports since the beginning, after those of `reportAll`: which server is next, and when. */
  let sent = 0;
  let stretch = toStretch();

  /** Each is opened for its first report: one on which nothing comes for some seconds is closed by the other side. */
  async function connect(server: number): Promise<Connection> {
    const known = connections[server % count];
    if (known) return known;
    const added = await openConnections(target, 1);
    opened.push(added);
    added.failed.catch(fail);
    const [connection] = added.all;
    if (!connection) throw new Error("there is no connection");
    connections[server % count] = connection;
    return connection;
  }

  function report(connection: Connection, server: number, turn: number): Promise<void> {
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
      const connection = connections[server % count];
      if (!connection) return;
      if (outstanding.has(connection)) {
        if (stretch.lateAt !== sent) stretch.late++;
        stretch.lateAt = sent;
        return;
      }
      const turn = 1 + Math.floor(sent / fleet.servers);
      sent++;
      stretch.reports++;
      report(connection, server, turn).catch((error: Error) => {
        failure ??= error;
      });
    }
  }

  failed.catch((error: Error) => {
    failure ??= error;
  });

  return {
    async reportAll() {
      const servers = Array.from({ length: fleet.servers }, (_, server) => server).values();
      const work = async () => {
        for (const server of servers) {
          const connection = await connect(server);
          await outstanding.get(connection);
          await Promise.race([report(connection, server, 0), failed]);
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
      await Promise.race([Promise.allSettled(outstanding.values()), failed]);
      if (failure) throw failure;
      const { reports, late } = stretch;
      return { reports, late, durationMs: performance.now() - stretch.startedAt };
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      for (const each of opened) each[Symbol.dispose]();
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
