/**
 * How long a placement takes under simulated server loads: `bun run bench:balancing [--quick] [--json FILE]`.
 * The pick alone, on the fleet's own code, and a whole Connect in process (parse, verify, place, sign, reply), with from 10
 * to 10,000 servers and from 100 to 1,000,000 rooms, while every server reports every five seconds of a clock on which a
 * thousand clients connect a second. Each pick and each answer is checked.
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { pickServer } from "../../src/fleet/placement.ts";
import { takeReport } from "../../src/fleet/report.ts";
import { restoreFleet } from "../../src/fleet/restore.ts";
import { createFleet } from "../../src/fleet/state.ts";
import { createPlan } from "../../src/plan.ts";
import { createSeededRandom } from "../../src/sim/random.ts";
import { createVirtualClock } from "../../src/sim/virtual-clock.ts";
import { benchConfig, connect, createBenchGateway, sendReport, signCustomerToken } from "../fixture.ts";
import { createLoadedState, createReports, type FleetShape } from "./loaded-fleet.ts";

const { values: flags } = parseArgs({ options: { quick: { type: "boolean" }, json: { type: "string" } } });
const SERVERS = [10, 100, 1_000, 10_000];
const ROOMS = flags.quick ? [100, 10_000] : [100, 10_000, 1_000_000];
const PICKS = flags.quick ? 5_000 : 20_000;
const CONNECTS = flags.quick ? 500 : 2_000;
/** A report may not list more. */
const MAX_ROOMS_PER_SERVER = 20_000;
const MS_PER_CONNECT = 1;
const WARM_UP = 2_000;

interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

interface Row {
  readonly load: string;
  readonly servers: number;
  readonly rooms: number;
  readonly pickUs: Percentiles;
  readonly connectUs: Percentiles;
}

function toPercentiles(nanoseconds: readonly number[]): Percentiles {
  const sorted = nanoseconds.toSorted((a, b) => a - b);
  const at = (share: number) => Number(((sorted[Math.floor(share * sorted.length)] ?? 0) / 1_000).toFixed(2));
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}

/** Nanoseconds of each pick; what the reports in between cost does not count. */
function measurePicks(shape: FleetShape): number[] {
  let now = Date.UTC(2026, 0, 1);
  const fleet = createFleet(createPlan(benchConfig).policy, createSeededRandom(1), now);
  restoreFleet(fleet, createLoadedState(shape, now), now);
  const reports = createReports(shape, now);
  const times: number[] = [];
  for (let i = 0; i < PICKS + WARM_UP; i++) {
    now += MS_PER_CONNECT;
    for (const report of reports(now)) takeReport(fleet, report, now);
    const start = Bun.nanoseconds();
    const server = pickServer(fleet, { pool: "default", namespace: "bench", tags: [] }, now);
    const took = Bun.nanoseconds() - start;
    if (server?.phase !== "enabled") throw new Error("a pick gave no server that is enabled");
    if (i >= WARM_UP) times.push(took);
  }
  return times;
}

/** Nanoseconds of each Connect, every other one for a room that is new. */
async function measureConnects(shape: FleetShape): Promise<number[]> {
  const clock = createVirtualClock();
  const writer = { write: () => Promise.resolve(), setAside: () => "", [Symbol.asyncDispose]: () => Promise.resolve() };
  await using gateway = createBenchGateway(clock, {
    saved: createLoadedState(shape, clock.now()),

    writer,
  });
  const reports = createReports(shape, clock.now());
  const times: number[] = [];
  for (let i = 0; i < CONNECTS + WARM_UP / 10; i++) {
    await clock.sleep(MS_PER_CONNECT);
    for (const report of reports(clock.now())) await sendReport(gateway, report);
    const room = i % 2 === 0 ? `room-${i % shape.rooms}` : `new-${i}`;
    const token = await signCustomerToken({ room, user: `user-${i}`, nowMs: clock.wall() });
    const start = Bun.nanoseconds();
    await connect(gateway, token);
    if (i >= WARM_UP / 10) times.push(Bun.nanoseconds() - start);
  }
  return times;
}

const LOADS: Readonly<Record<string, FleetShape["load"]>> = {
  normal: (index) => 0.3 + (index % 50) / 100,
  saturated: (index) => 1 + (index % 50) / 100,
};

const rows: Row[] = [];
const cells = (values: readonly (string | number)[]) =>
  values.map((value, i) => String(value).padStart([9, 8, 9, 11, 9, 9, 14, 9, 9][i] ?? 9)).join("");
console.log(cells(["load", "servers", "rooms", "pick p50", "p99", "p99.9", "Connect p50", "p99", "p99.9 µs"]));
for (const [name, load] of Object.entries(LOADS)) {
  for (const servers of SERVERS) {
    for (const rooms of ROOMS) {
      if (rooms / servers > MAX_ROOMS_PER_SERVER) continue;
      const shape = { servers, rooms, load };
      const pickUs = toPercentiles(measurePicks(shape));
      const connectUs = toPercentiles(await measureConnects(shape));
      rows.push({ load: name, servers, rooms, pickUs, connectUs });
      const figures = [pickUs, connectUs].flatMap(({ p50, p99, p999 }) => [p50, p99, p999]);
      console.log(cells([name, servers, rooms, ...figures]));
    }
  }
}
if (flags.json !== undefined) {
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, bun: Bun.version };
  await Bun.write(flags.json, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
}
