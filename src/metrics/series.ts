import type { MetricSpec } from "./table.ts";

/** What tells one series of a metric from another. */
export type Labels = Readonly<Record<string, string>>;

/** All series of one counter. */
export interface Counter {
  readonly add: (labels: Labels, by: number) => void;
  readonly forget: (labels: Labels) => void;
  /** Samples in Prometheus' text format. */
  readonly toLines: () => string[];
}

/** All series of one histogram. */
export interface Histogram {
  readonly observe: (labels: Labels, value: number) => void;
  readonly forget: (labels: Labels) => void;
  /** Samples in Prometheus' text format: each bucket holds those before it too. */
  readonly toLines: () => string[];
}

const NEEDS_ESCAPE = /[\\"\n]/;

/** Creates a counter; without labels it is there from the beginning, at zero. */
export function createCounter({ name, labels: labelNames }: MetricSpec): Counter {
  const series = createSeries(labelNames, () => ({ value: 0 }));
  return {
    add(labels, by) {
      series.find(labels).value += by;
    },
    forget: series.forget,
    toLines: () => series.list().map(([labels, { value }]) => `${name}${toLabelText(labels)} ${toNumberText(value)}`),
  };
}

/** Creates a histogram; without labels it is there from the beginning, empty. */
export function createHistogram({ name, labels: labelNames, buckets = [] }: MetricSpec): Histogram {
  const bounds = [...buckets, Number.POSITIVE_INFINITY];
  const series = createSeries(labelNames, () => ({ sum: 0, counts: bounds.map(() => 0) }));
  return {
    observe(labels, value) {
      const found = series.find(labels);
      found.sum += value;
      let bucket = 0;
      while (value > (bounds[bucket] ?? value)) bucket++;
      found.counts[bucket] = (found.counts[bucket] ?? 0) + 1;
    },
    forget: series.forget,
    toLines: () =>
      series.list().flatMap(([labels, { sum, counts }]) => {
        let count = 0;
        const lines = bounds.map((bound, i) => {
          count += counts[i] ?? 0;
          return `${name}_bucket${toLabelText({ ...labels, le: toNumberText(bound) })} ${count}`;
        });
        const text = toLabelText(labels);
        return [...lines, `${name}_sum${text} ${toNumberText(sum)}`, `${name}_count${text} ${count}`];
      }),
  };
}

/** Labels as they stand behind a metric's name; nothing if there are none. */
export function toLabelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeText(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** A value as Prometheus reads it. */
export function toNumberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return String(value);
}

interface Branch<T> {
  readonly branches: Map<string, Branch<T>>;
  leaf: readonly [Labels, T] | undefined;
}

/** The series of a metric, found label by label: every request passes here several times, and has no text put together for it. */
function createSeries<T>(labelNames: readonly string[], create: () => T) {
  const createBranch = (): Branch<T> => ({ branches: new Map(), leaf: undefined });
  const root = createBranch();

  function find(labels: Labels): T {
    let branch = root;
    for (const name of labelNames) {
      const value = labels[name] ?? "";
      let next = branch.branches.get(value);
      if (!next) {
        next = createBranch();
        branch.branches.set(value, next);
      }
      branch = next;
    }
    branch.leaf ??= [labels, create()];
    return branch.leaf[1];
  }

  function forget(labels: Labels, branch = root, depth = 0): void {
    const name = labelNames[depth];
    if (name === undefined) {
      branch.leaf = undefined;
      return;
    }
    const value = labels[name] ?? "";
    const next = branch.branches.get(value);
    if (!next) return;
    forget(labels, next, depth + 1);
    if (!next.leaf && next.branches.size === 0) branch.branches.delete(value);
  }

  function* list({ branches, leaf }: Branch<T> = root): Generator<readonly [Labels, T]> {
    if (leaf) yield leaf;
    for (const branch of branches.values()) yield* list(branch);
  }

  if (labelNames.length === 0) find({});
  return { find, forget: (labels: Labels) => forget(labels), list: () => [...list()] };
}

function escapeText(value: string): string {
  if (!NEEDS_ESCAPE.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
