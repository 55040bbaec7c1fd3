/** What came of looking at one promise. */
export interface Verdict {
  readonly promise: string;
  /** How often it was looked at: one that never was has not been proved. */
  readonly checked: number;
  readonly violations: readonly string[];
  /** Share of the looks, 0 to 1, that may end badly. */
  readonly tolerated?: number;
  /** What else there is to say. */
  readonly note?: string;
}

/** Says whether the promise was kept. */
export function isKept({ checked, violations, tolerated = 0 }: Verdict): boolean {
  return violations.length <= tolerated * checked;
}

const SHOWN = 5;

/** A table of the verdicts, and examples of what went wrong below it. */
export function toTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map((verdict) => {
    const { promise, checked, violations, note = "" } = verdict;
    const outcome = checked === 0 ? "unseen" : "ok";
    return [isKept(verdict) ? outcome : "BROKEN", promise, String(checked), String(violations.length), note];
  });
  const all = [["", "promise", "checked", "violations", ""], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) =>
    row
      .map((cell, column) =>
        column === 2 || column === 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
  const examples = verdicts
    .filter(({ violations }) => violations.length > 0)
    .flatMap(({ promise, violations }) => [`\n${promise}:`, ...violations.slice(0, SHOWN).map((line) => `  ${line}`)]);
  return `${[...lines, ...examples].join("\n")}\n`;
}
