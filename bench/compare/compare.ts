import { type Figure, toName } from "../figures.ts";
import { formatNumber } from "../output/table.ts";

/** A figure in two runs. */
export interface Change {
  readonly name: string;
  readonly unit: string;
  readonly before: number;
  readonly after: number;
  /** After by before. */
  readonly ratio: number;
  /** The same of the ratios to the limit, which say something also where the machines were not equally fast. */
  readonly ofRatios: number | undefined;
}

/** Joins the figures that two runs have in common, in the order of the second. */
export function compareFigures(before: readonly Figure[], after: readonly Figure[]): Change[] {
  const known = new Map(before.map((figure) => [toName(figure), figure]));
  return after.flatMap((figure) => {
    const name = toName(figure);
    const old = known.get(name);
    if (!old) return [];
    const ofRatios = figure.ratio === undefined || old.ratio === undefined ? undefined : figure.ratio / old.ratio;
    const { unit, value } = figure;
    return [{ name, unit, before: old.value, after: value, ratio: value / old.value, ofRatios }];
  });
}

/** Changes as a table for people. */
export function formatChanges(changes: readonly Change[]): string {
  const width = Math.max(0, ...changes.map(({ name, unit }) => name.length + unit.length)) + 4;
  const rows = changes.map(({ name, unit, before, after, ratio, ofRatios }) => [
    `${name}, ${unit}`,
    formatNumber(before),
    formatNumber(after),
    ratio.toFixed(2),
    ofRatios?.toFixed(2) ?? "",
  ]);
  return [["", "before", "after", "×", "× of ratios"], ...rows]
    .map(([name = "", ...cells]) => (name.padEnd(width) + cells.map((cell) => cell.padStart(12)).join("")).trimEnd())
    .join("\n");
}
