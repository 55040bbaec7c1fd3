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

/**
 * The series of a metric. Every request passes here several times, and mostly for the series of the one before; else
 * finding one is a single look into a map.
 */
function createSeries<T>(labelNames: readonly string[], create: () => T) {
  const all = new Map<string, [Labels, T]>();
  let last: [Labels, T] | undefined;

  function toKey(labels: Labels): string {
    let key = "";
    for (const name of labelNames) key += `${labels[name]}\n`;
    return key;
  }

  function haveSame(a: Labels, b: Labels): boolean {
    for (const name of labelNames) if (a[name] !== b[name]) return false;
    return true;
  }

  function find(labels: Labels): T {
    if (last && haveSame(last[0], labels)) return last[1];
    const key = toKey(labels);
    const found = all.get(key) ?? [labels, create()];
    all.set(key, found);
    last = found;
    return found[1];
  }

  function forget(labels: Labels): void {
    all.delete(toKey(labels));
    last = undefined;
  }

  if (labelNames.length === 0) find({});
  return { find, forget, list: () => [...all.values()] };
}

function escapeText(value: string): string {
  if (!NEEDS_ESCAPE.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
