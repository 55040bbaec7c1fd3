import type { FleetSize } from "../fleet.ts";
import { createReportedGateway } from "../report/in-process.ts";
import { createReportWriter } from "../reports/report-body.ts";

/** What the reports of a fleet cost. */
export interface FleetCost {
  /** Microseconds of CPU for each room of a report in which nothing has changed. */
  readonly usPerRoom: number;
  /** Of the process when all have reported. */
  readonly rssBytes: number;
}

const INTERVAL_MS = 5_000;
/** Reports that are prepared at a time. */
const BATCH = 20;

/** Has a fleet report twice to a gateway in this process, on the virtual clock; the second time counts. */
export async function measureFleet(fleet: FleetSize): Promise<FleetCost> {
  await using gateway = createReportedGateway();
  const write = createReportWriter(fleet, 0);

  async function reportAll(ageSec: number): Promise<number> {
    let cpuUs = 0;
    for (let first = 0; first < fleet.servers; first += BATCH) {
      const count = Math.min(BATCH, fleet.servers - first);
      const bodies = Array.from({ length: count }, (_, i) => write({ server: first + i, ageSec, turn: 0 }));
      cpuUs += await gateway.take(bodies);
      await gateway.pass((INTERVAL_MS * count) / fleet.servers);
    }
    return cpuUs;
  }

  await reportAll(1_000);
  const cpuUs = await reportAll(1_005);
  return { usPerRoom: cpuUs / (fleet.servers * fleet.roomsPerServer), rssBytes: process.memoryUsage.rss() };
}
