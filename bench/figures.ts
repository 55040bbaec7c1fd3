import { median } from "./statistics.ts";

/** What a figure has to be, or its ratio to the limit. */
export interface Goal {
  readonly of: "value" | "ratio";
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** One thing that was measured. */
export interface Figure {
  /** Which part of the benchmark, such as "connect". */
  readonly suite: string;
  /** Under which load. */
  readonly case: string;
  /** What of it. */
  readonly metric: string;
  readonly unit: string;
  readonly value: number;
  /** The same of the limit, from the same run. */
  readonly limit?: number;
  /** Value by limit: the median of the rounds' ratios, which is not quite that of their medians. */
  readonly ratio?: number;
  readonly goal?: Goal;
}

/** Name of a figure, the same in all runs. */
export function toName({ suite, case: under, metric }: Figure): string {
  return `${suite}: ${under}: ${metric}`;
}

/** Says whether a figure is what it has to be; undefined if it is free. One that is no number is not. */
export function isMet({ value, ratio = Number.NaN, goal }: Figure): boolean | undefined {
  if (!goal) return undefined;
  const figure = goal.of === "value" ? value : ratio;
  return figure <= (goal.atMost ?? Number.POSITIVE_INFINITY) && figure >= (goal.atLeast ?? Number.NEGATIVE_INFINITY);
}

/** Joins what alternating rounds gave for a metric, of the gateway and of the limit: medians, and the median ratio. */
export function toRatio(
  values: readonly number[],
  limits: readonly number[],
): Required<Pick<Figure, "value" | "limit" | "ratio">> {
  const ratios = values.map((value, round) => value / (limits[round] ?? Number.NaN));
  return { value: median(values), limit: median(limits), ratio: median(ratios) };
}
