import { createVirtualClock } from "../../src/sim/virtual-clock.ts";
import { createBenchGateway } from "../fixture.ts";
import type { FleetSize } from "../fleet.ts";
import type { ReportWriter } from "../reports/report-body.ts";

/** A gateway in this process, without a state to keep, and servers that report to it on a virtual clock. */
export interface ReportedGateway extends AsyncDisposable {
  /** Lets virtual time pass. */
  readonly pass: (ms: number) => Promise<void>;
  /** Takes reports of those bodies, one after the other, and gives the microseconds of CPU; throws if an answer is wrong. */
  readonly take: (bodies: readonly Buffer[]) => Promise<number>;
}

const PEER = { address: "10.0.0.1", port: 1 };
const HEADERS = { authorization: `Basic ${btoa("sfu:bench")}`, "content-type": "application/json" };
const RIGHT_ANSWER = { jsonrpc: "2.0", id: 1, result: { tasks: [] } };

/** Creates a gateway without servers. */
export function createReportedGateway(): ReportedGateway {
  const clock = createVirtualClock();
  const gateway = createBenchGateway(clock);
  return {
    pass: clock.sleep,
    async take(bodies) {
      // Of bytes, as they come from a socket.
      const requests = bodies.map((body) => {
        const headers = { ...HEADERS, "content-length": String(body.length) };
        return new Request("http://bench/internal", { method: "POST", headers, body });
      });
      const responses: Response[] = [];
      const spent = createStopwatch();
      for (const request of requests) {
        responses.push(await gateway.fetch(request, PEER));
        // As with requests that come from a socket: young garbage is collected when the event loop turns.
        await new Promise((resolve) => setImmediate(resolve));
      }
      const cpuUs = spent();
      for (const response of responses) {
        const answer = await response.json();
        if (response.status !== 200 || !Bun.deepEquals(answer, RIGHT_ANSWER))
          throw new Error(`a report was answered with ${response.status} ${JSON.stringify(answer)}`);
      }
      return cpuUs;
    },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

/** What it takes to parse those bodies: the limit of a report. In microseconds of CPU. */
export function parseBodies(bodies: readonly Buffer[]): number {
  const texts = bodies.map((body) => body.toString("latin1"));
  const spent = createStopwatch();
  let rooms = 0;
  for (const text of texts) rooms += JSON.parse(text).params.rooms.length;
  const cpuUs = spent();
  if (rooms === 0) throw new Error("there was nothing to parse");
  return cpuUs;
}

/** Bodies of one report of each of a fleet's servers. */
export function writeAll(write: ReportWriter, fleet: FleetSize, turn: number): Buffer[] {
  return Array.from({ length: fleet.servers }, (_, server) => write({ server, ageSec: 1_000 + 5 * turn, turn }));
}

/** Begins to count this process's CPU, all threads of it; what it gives tells how many microseconds it has been. */
function createStopwatch(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
}
