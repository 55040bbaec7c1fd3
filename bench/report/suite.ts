import { type Figure, type Goal, toRatio } from "../figures.ts";
import { startAskedProcess } from "../processes/asked-process.ts";
import type { Children } from "../processes/children.ts";
import type { Profile } from "../profiles.ts";
import { median } from "../statistics.ts";
import { REPORT_KINDS } from "./kinds.ts";
import type { InProcessOrder, InProcessResult } from "./order.ts";

const UNCHANGED_GOAL: Goal = { of: "ratio", atMost: 3 };
const LINEAR_GOAL: Goal = { of: "value", atMost: 1.3 };
/** With fewer rooms, what comes with any request costs more than the rooms do. */
const ROOMS_FOR_GOAL = 100;
/** The key of a server that has not reported before takes longer than its rooms. */
const MAX_SERVERS = 300;

/** Measures reports in process, beside `JSON.parse` of the same bodies. */
export async function runReportSuite(
  children: Children,
  { rooms: sizes, rounds, roomsPerRound }: Profile["report"],
  progress: (text: string) => void,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  const unchanged: number[] = [];
  for (const roomsPerServer of sizes) {
    progress(`report: ${roomsPerServer} rooms`);
    await using measurer = startInProcess(children);
    const servers = Math.min(MAX_SERVERS, Math.ceil(roomsPerRound / roomsPerServer));
    const result = await measurer.ask({ kind: "reports", fleet: { servers, roomsPerServer }, rounds });
    if (result.kind !== "reports") throw new Error("something else was measured");
    for (const kind of REPORT_KINDS) {
      const ofKind = result.rounds.map((round) => round[kind]);
      const figure = toRatio(
        ofKind.map(({ value }) => value),
        ofKind.map(({ limit }) => limit),
      );
      const isGoal = kind === "unchanged" && roomsPerServer >= ROOMS_FOR_GOAL;
      figures.push({
        suite: "report",
        case: `${roomsPerServer.toLocaleString("en")} rooms`,
        metric: `CPU per room, ${kind}`,
        unit: "µs",
        ...figure,
        ...(isGoal && { goal: UNCHANGED_GOAL }),
      });
      if (isGoal) unchanged.push(median(ofKind.map(({ value, limit }) => value / limit)));
    }
  }
  const [fewest, most] = [unchanged[0], unchanged.at(-1)];
  if (fewest === undefined || most === undefined) return figures;
  const smallest = sizes.find((size) => size >= ROOMS_FOR_GOAL)?.toLocaleString("en");
  figures.push({
    suite: "report",
    case: `${sizes.at(-1)?.toLocaleString("en")} rooms by ${smallest}`,
    metric: "CPU per room, unchanged, by the limit",
    unit: "×",
    value: most / fewest,
    goal: LINEAR_GOAL,
  });
  return figures;
}

/** Starts a process in which reports can be measured. */
export function startInProcess(children: Children) {
  return startAskedProcess<InProcessOrder, InProcessResult>(children, new URL("./report-process.ts", import.meta.url));
}
