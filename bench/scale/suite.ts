import type { Figure } from "../figures.ts";
import { describeFleet } from "../fleet.ts";
import type { Children } from "../processes/children.ts";
import type { ScaleProfile } from "../profiles.ts";
import { startInProcess } from "../report/suite.ts";
import { measureBinary } from "./binary.ts";
import { FLATNESS_GOAL } from "./goals.ts";

/** A point of the chart of cost over fleet size. */
export interface CostPoint {
  readonly servers: number;
  readonly usPerRoom: number;
}

/** What the suite gave. */
export interface ScaleResult {
  readonly figures: readonly Figure[];
  /** On the virtual clock. */
  readonly points: readonly CostPoint[];
}

const MB = 1_000_000;

/** Measures large fleets: with the binary, and larger ones in process, on the virtual clock. */
export async function runScaleSuite(
  children: Children,
  { fleets, virtual, ...profile }: ScaleProfile,
  progress: (text: string) => void,
): Promise<ScaleResult> {
  const figures: Figure[] = [];
  const points: CostPoint[] = [];
  for (const fleet of fleets) figures.push(...(await measureBinary(children, fleet, profile, progress)));
  for (const fleet of virtual) {
    progress(`scale: ${describeFleet(fleet)}, virtual clock`);
    await using measurer = startInProcess(children);
    const result = await measurer.ask({ kind: "fleet", fleet });
    if (result.kind !== "fleet") throw new Error("something else was measured");
    const { usPerRoom, rssBytes } = result;
    points.push({ servers: fleet.servers, usPerRoom });
    const under = { suite: "scale", case: `${describeFleet(fleet)} rooms, virtual clock` };
    figures.push(
      { ...under, metric: "CPU per room and report", unit: "µs", value: usPerRoom },
      { ...under, metric: "RSS", unit: "MB", value: rssBytes / MB },
    );
  }
  const [smallest, largest] = [points[0], points.at(-1)];
  if (smallest && largest && smallest !== largest) {
    figures.push({
      suite: "scale",
      case: "largest fleet by smallest, virtual clock",
      metric: "CPU per room and report",
      unit: "×",
      value: largest.usPerRoom / smallest.usPerRoom,
      goal: FLATNESS_GOAL,
    });
  }
  return { figures, points };
}
