import { type Figure, isMet, toName } from "../figures.ts";
import { formatGoal, formatNumber } from "../output/table.ts";
import type { Bound } from "./bounds.ts";

/** Measures what those bounds are of, all of one suite; called again for those that were missed. */
export type Measure = (suite: Bound["suite"], bounds: readonly Bound[]) => Promise<readonly Figure[]>;

/** What has become of a bound. */
export interface Verdict {
  readonly bound: Bound;
  readonly isKept: boolean;
  /** In words, with the figure. */
  readonly text: string;
}

/** Judges figures by bounds; one that was not measured is missed. */
export function judge(bounds: readonly Bound[], figures: readonly Figure[]): Verdict[] {
  const byName = new Map(figures.map((figure) => [toName(figure), figure]));
  return bounds.map((bound) => {
    const { suite, case: under, metric, ...goal } = bound;
    const name = `${suite}: ${under}: ${metric}`;
    const figure = byName.get(name);
    if (!figure) return { bound, isKept: false, text: `${name} was not measured` };
    const value = (goal.of === "ratio" ? figure.ratio : figure.value) ?? Number.NaN;
    const isKept = isMet({ ...figure, goal }) === true;
    return { bound, isKept, text: `${name} is ${formatNumber(value)}, has to be ${formatGoal(goal)}` };
  });
}

/** Measures all, and once more what a bound was missed in: machines are noisy, and what is slow is so twice. */
export async function decide(bounds: readonly Bound[], measure: Measure): Promise<Verdict[]> {
  const attempt = async (wanted: readonly Bound[]) => {
    const figures: Figure[] = [];
    for (const [suite, ofSuite] of Map.groupBy(wanted, ({ suite }) => suite))
      figures.push(...(await measure(suite, ofSuite)));
    return judge(wanted, figures);
  };
  const first = await attempt(bounds);
  const missed = first.filter(({ isKept }) => !isKept).map(({ bound }) => bound);
  const second = new Map((await attempt(missed)).map((verdict) => [verdict.bound, verdict]));
  return first.map((verdict) => second.get(verdict.bound) ?? verdict);
}
