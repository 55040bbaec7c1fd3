import { type Figure, type Goal, isMet, toName } from "../figures.ts";

const HEAD = ["", "gateway", "limit", "ratio", "target", ""];
const NAME_WIDTH = 44;
const WIDTHS = [0, 12, 12, 8, 14, 6];

/** Figures as tables for people, one for each load. */
export function formatTables(figures: readonly Figure[]): string {
  const cases = Map.groupBy(figures, (figure) => `${figure.suite}: ${figure.case}`);
  return [...cases]
    .map(([name, group]) => [name, ...formatRows(group, ({ metric }) => metric)].join("\n"))
    .join("\n\n");
}

/** All that have a target, in one table. */
export function formatGoals(figures: readonly Figure[]): string {
  const group = figures.filter(({ goal }) => goal);
  if (group.length === 0) return "none of the figures has one";
  const width = Math.max(...group.map((figure) => toName(figure).length)) + 2;
  const missed = group.filter((figure) => isMet(figure) !== true).length;
  return [...formatRows(group, toName, width), `${group.length - missed} ok, ${missed} missed`].join("\n");
}

function formatRows(
  figures: readonly Figure[],
  toRowName: (figure: Figure) => string,
  width: number = NAME_WIDTH,
): string[] {
  const rows = figures.map((figure) => {
    const { unit, value, limit, ratio, goal } = figure;
    const met = isMet(figure);
    return [
      `${toRowName(figure)}, ${unit}`,
      formatNumber(value),
      limit === undefined ? "" : formatNumber(limit),
      ratio === undefined ? "" : ratio.toFixed(2),
      goal ? formatGoal(goal) : "",
      met === undefined ? "" : met ? "ok" : "miss",
    ];
  });
  return [HEAD, ...rows].map(([name = "", ...cells]) =>
    `  ${name.padEnd(width)}${cells.map((cell, i) => cell.padStart(WIDTHS[i + 1] ?? 0)).join("")}`.trimEnd(),
  );
}

/** A target in few letters: "≤ 1.2 ×" is one of the ratio. */
export function formatGoal({ of, atMost, atLeast }: Goal): string {
  const bounds = [...(atMost === undefined ? [] : [`≤ ${atMost}`]), ...(atLeast === undefined ? [] : [`≥ ${atLeast}`])];
  return `${bounds.join(" ")}${of === "ratio" ? " ×" : ""}`;
}

/** A number with as many digits as say something. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
