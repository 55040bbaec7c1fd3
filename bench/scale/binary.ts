import { createConnectRunner } from "../connect/rounds.ts";
import { type Figure, toRatio } from "../figures.ts";
import { describeFleet, type FleetSize } from "../fleet.ts";
import type { LoadOrder, LoadResult } from "../load/load-order.ts";
import { startAskedProcess } from "../processes/asked-process.ts";
import type { Children } from "../processes/children.ts";
import { startGateway } from "../processes/gateway.ts";
import { readUsage } from "../processes/usage.ts";
import type { ScaleProfile } from "../profiles.ts";
import type { ReportOrder, ReportResult } from "../reports/report-order.ts";
import { median, percentile } from "../statistics.ts";
import { findScaleGoal, SCALE_METRICS, type ScaleMetric } from "./goals.ts";

const IDLE_FLEET: FleetSize = { servers: 10, roomsPerServer: 10 };
const REPORT_INTERVAL_SEC = 5;
const CHANGED_SHARE = 0.1;
const CONNECTS_PER_SEC = 100;
const PROBES_PER_SEC = 500;
/** More than are ever under way, so that none waits for the answer to another. */
const CONNECTIONS = 64;
const WARM_UP = { connections: 16, requests: 3_000 };
const MB = 1_000_000;

/** What one busy round gave, and the idle one beside it. */
interface Round {
  readonly busy: { readonly p50: number; readonly p99: number };
  readonly idle: { readonly p50: number; readonly p99: number };
  readonly cpuPct: number;
  readonly latePct: number;
  readonly delaysMs: Float64Array;
}

/**
 * Has a fleet report to the binary every five seconds, and looks at what that costs: in turns with another gateway that has
 * the same Connects, and a few servers that do not report meanwhile.
 */
export async function measureBinary(
  children: Children,
  fleet: FleetSize,
  { rounds, settleSec, quietSec, busySec, idleSec }: Omit<ScaleProfile, "fleets" | "virtual">,
  progress: (text: string) => void,
): Promise<Figure[]> {
  const loadFile = new URL("../load/load-process.ts", import.meta.url);
  const reporterFile = new URL("../reports/reporter-process.ts", import.meta.url);
  await using generator = startAskedProcess<LoadOrder, LoadResult>(children, loadFile);
  await using prober = startAskedProcess<LoadOrder, LoadResult>(children, loadFile);
  await using reporter = startAskedProcess<ReportOrder, ReportResult>(children, reporterFile);
  await using idleReporter = startAskedProcess<ReportOrder, ReportResult>(children, reporterFile);
  await using gateway = await startGateway(children, false);
  await using idleGateway = await startGateway(children, false);
  const numbers = { next: 0 };
  const every = { intervalSec: REPORT_INTERVAL_SEC, changedShare: CHANGED_SHARE };
  const [busy, idle] = [
    { server: gateway, path: "/", runner: createConnectRunner(generator, fleet, numbers) },
    { server: idleGateway, path: "/", runner: createConnectRunner(generator, IDLE_FLEET, numbers) },
  ];
  const connect = (subject: typeof busy, sec: number) =>
    subject.runner.run(subject, { connections: CONNECTIONS, perSecond: CONNECTS_PER_SEC }, CONNECTS_PER_SEC * sec);

  progress(`scale: ${describeFleet(fleet)}: first reports`);
  await idleReporter.ask({ kind: "start", target: idleGateway.target, fleet: IDLE_FLEET, ...every });
  await reporter.ask({ kind: "start", target: gateway.target, fleet, ...every });
  for (const subject of [idle, busy]) await subject.runner.run(subject, WARM_UP, WARM_UP.requests);
  progress(`scale: ${describeFleet(fleet)}: reports alone`);
  await reporter.ask({ kind: "resume" });
  await Bun.sleep(settleSec * 1_000);
  const readQuietPct = startCpuShare(gateway.pid);
  await Bun.sleep(quietSec * 1_000);
  const quietPct = readQuietPct();
  await reporter.ask({ kind: "pause" });

  const measured: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    progress(`scale: ${describeFleet(fleet)}: round ${round + 1} of ${rounds}`);
    const idleFigures = await connect(idle, idleSec);
    await reporter.ask({ kind: "resume" });
    const readCpuPct = startCpuShare(gateway.pid);
    const [busyFigures, probes] = await Promise.all([
      connect(busy, busySec),
      prober.ask({
        target: gateway.target,
        pid: gateway.pid,
        connections: CONNECTIONS,
        requests: PROBES_PER_SEC * busySec,
        perSecond: PROBES_PER_SEC,
        what: { kind: "livez" },
      }),
    ]);
    const cpuPct = readCpuPct();
    const { reports, late } = await reporter.ask({ kind: "pause" });
    measured.push({
      busy: busyFigures,
      idle: idleFigures,
      cpuPct,
      latePct: (late / reports) * 100,
      delaysMs: probes.latenciesMs,
    });
  }
  const rss = readUsage(gateway.pid).rssBytes;
  return toFigures(fleet, measured, { quietPct, rss, idleRss: readUsage(idleGateway.pid).rssBytes });
}

/** Begins to look at the CPU of a process; what it gives tells which share of one core it was, in per cent. */
function startCpuShare(pid: number): () => number {
  const [before, startedAt] = [readUsage(pid).cpuUs, performance.now()];
  return () => (readUsage(pid).cpuUs - before) / (performance.now() - startedAt) / 10;
}

function toFigures(
  fleet: FleetSize,
  rounds: readonly Round[],
  { quietPct, rss, idleRss }: { quietPct: number; rss: number; idleRss: number },
): Figure[] {
  const values = (pick: (round: Round) => number) => ({ value: median(rounds.map(pick)) });
  const delays = rounds.flatMap(({ delaysMs }) => [...delaysMs]);
  const connect = (name: "p50" | "p99") =>
    toRatio(
      rounds.map(({ busy }) => busy[name]),
      rounds.map(({ idle }) => idle[name]),
    );
  const figures: Record<ScaleMetric, Pick<Figure, "value" | "limit" | "ratio">> = {
    "CPU share of one core, reports alone": { value: quietPct },
    "CPU share with Connects and probes": values(({ cpuPct }) => cpuPct),
    RSS: { value: rss / MB, limit: idleRss / MB, ratio: rss / idleRss },
    "RSS per room": { value: (rss - idleRss) / (fleet.servers * fleet.roomsPerServer) },
    "Connect p50": connect("p50"),
    "Connect p99": connect("p99"),
    "loop delay p99.9": { value: percentile(delays, 0.999) },
    "loop delay worst": { value: percentile(delays, 1) },
    "reports late": values(({ latePct }) => latePct),
  };
  return (Object.entries(SCALE_METRICS) as [ScaleMetric, string][]).map(([metric, unit]) => {
    const goal = findScaleGoal(fleet, metric);
    const under = `${describeFleet(fleet)} rooms, limit: idle`;
    return { suite: "scale", case: under, metric, unit, ...figures[metric], ...(goal && { goal }) };
  });
}
