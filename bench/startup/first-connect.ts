import type { FleetSize } from "../fleet.ts";
import { createAnswerCheck } from "../load/check-answers.ts";
import { openConnections, type Target } from "../load/connection.ts";
import { prepareConnects, toPost } from "../load/requests.ts";
import type { HttpAnswer } from "../load/response-parser.ts";
import { createReportWriter } from "../reports/report-body.ts";
import { AUTHORIZATION } from "../reports/reporter.ts";

/** Waits for a gateway that has just been started. */
export interface FirstCaller {
  /** Sends the first requests as soon as it listens, and gives when the Connect was answered; rejects if that is wrong. */
  readonly call: (target: Target) => Promise<number>;
}

/** Not more often: each attempt takes from the core that the gateway's other threads start on. */
const RETRY_MS = 2;
const DEADLINE_MS = 20_000;

/** Prepares the first Connect, after a report of the fleet's only server unless the gateway knows the fleet from before. */
export function createFirstCaller(fleet: FleetSize, isKnown: boolean): FirstCaller {
  const requests = prepareConnects({ path: "/", fleet, first: 0, count: 1 });
  const check = createAnswerCheck(fleet);
  const report = createReportWriter(fleet, 0)({ server: 0, ageSec: 1_000, turn: 0 });
  const bytes = [
    ...(isKnown ? [] : [toPost("/internal", AUTHORIZATION, report)]),
    ...requests.map(({ bytes }) => bytes),
  ];
  return {
    async call(target) {
      const deadline = performance.now() + DEADLINE_MS;
      for (;;) {
        const answers = await sendAll(target, bytes);
        const at = performance.now();
        if (answers) {
          check(requests, answers.slice(-1));
          return at;
        }
        if (at > deadline) throw new Error(`nobody answered on port ${target.port}`);
        await Bun.sleep(RETRY_MS);
      }
    },
  };
}

/** Sends requests one after the other; gives nothing where nobody listens, or only to find out whether the port is free. */
async function sendAll(target: Target, requests: readonly Uint8Array[]): Promise<HttpAnswer[] | undefined> {
  try {
    using connections = await openConnections(target, 1);
    const answers: HttpAnswer[] = [];
    for (const connection of connections.all) {
      for (const request of requests) {
        const answered = new Promise<HttpAnswer>((resolve) => connection.listen(resolve));
        connection.send(request);
        answers.push(await Promise.race([answered, connections.failed]));
      }
    }
    return answers;
  } catch {
    return undefined;
  }
}
