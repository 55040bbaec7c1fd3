import type { FleetSize } from "../fleet.ts";
import { createReportWriter } from "../reports/report-body.ts";
import { createReportedGateway, parseBodies, writeAll } from "./in-process.ts";

/** Kinds of reports: what the gateway knows of their rooms. */
export const REPORT_KINDS = ["first", "unchanged", "10 % changed"] as const;

/** One of them. */
export type ReportKind = (typeof REPORT_KINDS)[number];

/** Microseconds of CPU for each room, of the gateway and of `JSON.parse` of the same bodies, of one round. */
export type KindFigures = Readonly<Record<ReportKind, { readonly value: number; readonly limit: number }>>;

const INTERVAL_MS = 5_000;

/** Measures all kinds with a gateway that knows nothing yet; `isParsedFirst` is to alternate from round to round. */
export async function measureKinds(fleet: FleetSize, isParsedFirst: boolean): Promise<KindFigures> {
  await using gateway = createReportedGateway();
  const unchanged = createReportWriter(fleet, 0);
  const changed = createReportWriter(fleet, 0.1);
  const rooms = fleet.servers * fleet.roomsPerServer;

  async function measure(write: typeof unchanged, turn: number): Promise<{ value: number; limit: number }> {
    await gateway.pass(INTERVAL_MS);
    const bodies = writeAll(write, fleet, turn);
    Bun.gc(true);
    const before = isParsedFirst ? parseBodies(bodies) : undefined;
    const cpuUs = await gateway.take(bodies);
    return { value: cpuUs / rooms, limit: (before ?? parseBodies(bodies)) / rooms };
  }

  const first = await measure(unchanged, 0);
  // What follows from a first report is over with the second.
  await measure(unchanged, 0);
  return { first, unchanged: await measure(unchanged, 0), "10 % changed": await measure(changed, 1) };
}
