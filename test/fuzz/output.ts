import type { TargetResult } from "./run-target.ts";
import type { Finding } from "./try-input.ts";

const MAX_INPUT = 20_000;
const MAX_MESSAGE = 1_500;

/** What was wrong, and how to see it again. */
export function formatFinding({ target, seed, index, kind, message, input }: Finding): string {
  const again =
    input.length > MAX_INPUT ? `--seed ${seed}, input ${index}, is too long to be shown` : `--replay ${input}`;
  return `  ${kind} in input ${index} of seed ${seed}: ${message.slice(0, MAX_MESSAGE)}\n  bun run fuzz --target "${target}" ${again}`;
}

const COLUMNS = [
  "target",
  "inputs",
  "refused",
  "accepted",
  "wrongly accepted",
  "5xx",
  "crashes",
  "other faults",
  "slowest ms",
];

/** How all targets did. */
export function formatResults(results: readonly TargetResult[]): string {
  const rows = results.map(({ target, inputs, refused, accepted, findings, slowestMs }) => {
    const count = (...kinds: string[]) => findings.filter(({ kind }) => kinds.includes(kind)).length;
    const crashes = count("crash", "hang");
    const known = count("wrongly accepted", "5xx") + crashes;
    const counts = [
      inputs,
      refused,
      accepted,
      count("wrongly accepted"),
      count("5xx"),
      crashes,
      findings.length - known,
    ];
    return [target, ...counts.map((each) => each.toLocaleString("en")), slowestMs.toFixed(0)];
  });
  const widths = COLUMNS.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  return [COLUMNS, ...rows]
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "),
    )
    .join("\n");
}
