import { cpSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Figure, Goal } from "../figures.ts";
import { describeFleet, type FleetSize } from "../fleet.ts";
import { startAskedProcess } from "../processes/asked-process.ts";
import { GATEWAY_BINARY } from "../processes/binaries.ts";
import type { Children } from "../processes/children.ts";
import { createGatewayFolder, spawnGateway, startGateway } from "../processes/gateway.ts";
import type { Profile } from "../profiles.ts";
import type { ReportOrder, ReportResult } from "../reports/report-order.ts";
import { median } from "../statistics.ts";
import { createFirstCaller, type FirstCaller } from "./first-connect.ts";

const COLD_GOAL: Goal = { of: "value", atMost: 60 };
const WARM_GOAL: Goal = { of: "value", atMost: 200 };
const ROOMS_OF_WARM_GOAL = 100_000;
const ONE_SERVER: FleetSize = { servers: 1, roomsPerServer: 1 };
const MB = 1_000_000;

/** Measures how long it takes from the start of the process to the answer to the first Connect. */
export async function runStartupSuite(
  children: Children,
  { starts, warm }: Profile["startup"],
  progress: (text: string) => void,
): Promise<Figure[]> {
  progress("startup: cold");
  const cold = await measureStarts(children, starts, createFirstCaller(ONE_SERVER, false), undefined);
  progress(`startup: keeping the state of ${describeFleet(warm)} rooms`);
  const state = await keepState(children, warm);
  progress("startup: warm");
  const warmMs = await measureStarts(children, starts, createFirstCaller(warm, true), state);
  const isAsAimedAt = warm.servers * warm.roomsPerServer === ROOMS_OF_WARM_GOAL;
  return [
    {
      suite: "startup",
      case: "first Connect",
      metric: "cold, a server reports",
      unit: "ms",
      value: cold,
      goal: COLD_GOAL,
    },
    {
      suite: "startup",
      case: "first Connect",
      metric: `warm, ${describeFleet(warm)} rooms`,
      unit: "ms",
      value: warmMs,
      ...(isAsAimedAt && { goal: WARM_GOAL }),
    },
    { suite: "startup", case: "binary", metric: "size", unit: "MB", value: statSync(GATEWAY_BINARY).size / MB },
  ];
}

/** Milliseconds of the median start; with a state, each on a copy of it. */
async function measureStarts(
  children: Children,
  starts: number,
  caller: FirstCaller,
  state: string | undefined,
): Promise<number> {
  const times: number[] = [];
  for (let start = 0; start < starts; start++) {
    const target = { port: findFreePort(), tls: false };
    const folder = createGatewayFolder(children, target);
    if (state !== undefined) cpSync(state, join(folder, "state"), { recursive: true });
    const startedAt = performance.now();
    const child = spawnGateway(children, folder);
    times.push((await caller.call(target)) - startedAt);
    await children.end(child);
  }
  return median(times);
}

/** Has a fleet report to a gateway, and gives the folder of the state that it keeps. */
async function keepState(children: Children, fleet: FleetSize): Promise<string> {
  const folder = createGatewayFolder(children, { port: 0, tls: false });
  await using gateway = await startGateway(children, false, folder);
  await using reporter = startAskedProcess<ReportOrder, ReportResult>(
    children,
    new URL("../reports/reporter-process.ts", import.meta.url),
  );
  await reporter.ask({ kind: "start", target: gateway.target, fleet, intervalSec: 5, changedShare: 0 });
  return join(folder, "state");
}

function findFreePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  listener.stop(true);
  return listener.port;
}
