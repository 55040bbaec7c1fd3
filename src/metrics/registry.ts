import { Counter, Histogram, Registry } from "prom-client";
import { type CounterName, type GaugeName, type HistogramName, type LabelsOf, METRICS } from "./table.ts";

/** Adds values of gauges that share their labels. */
export type AddGauges = (
  labels: Readonly<Record<string, string>>,
  values: Readonly<Partial<Record<GaugeName, number>>>,
) => void;

/** The metrics of the table, of one gateway. */
export interface MetricsRegistry {
  readonly count: <M extends CounterName>(metric: M, labels: LabelsOf<M>, by?: number) => void;
  readonly observe: <M extends HistogramName>(metric: M, labels: LabelsOf<M>, value: number) => void;
  /** Forgets a series, of something that is gone. */
  readonly forget: <M extends CounterName | HistogramName>(metric: M, labels: LabelsOf<M>) => void;
  /** All metrics in Prometheus' text format; gauges are what `collect` adds, and nothing of what it added before. */
  readonly toText: (collect: (add: AddGauges) => void) => Promise<string>;
}

const NEEDS_ESCAPE = /[\\"\n]/;

/** Media type of the text. */
export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** Creates counters and histograms that stand at zero. */
export function createMetricsRegistry(): MetricsRegistry {
  const registry = new Registry();
  const registers = [registry];
  const counters = new Map<string, Counter>();
  const histograms = new Map<string, Histogram>();
  for (const [key, { type, name, help, labels, ...rest }] of Object.entries(METRICS)) {
    const settings = { name, help, labelNames: [...labels], registers };
    if (type === "counter") counters.set(key, new Counter(settings));
    if ("buckets" in rest) histograms.set(key, new Histogram({ ...settings, buckets: [...rest.buckets] }));
  }

  return {
    count: (metric, labels, by = 1) => counters.get(metric)?.inc(labels, by),
    observe: (metric, labels, value) => histograms.get(metric)?.observe(labels, value),
    forget: (metric, labels) => (counters.get(metric) ?? histograms.get(metric))?.remove(labels),
    async toText(collect) {
      const lines = new Map<string, string[]>();
      collect((labels, values) => {
        const labelText = toLabelText(labels);
        for (const [key, value] of Object.entries(values)) {
          const own = lines.get(key);
          if (own) own.push(`${labelText} ${toNumberText(value)}`);
          else lines.set(key, [`${labelText} ${toNumberText(value)}`]);
        }
      });
      const parts: string[] = [];
      for (const [key, { type, name, help }] of Object.entries(METRICS)) {
        if (type !== "gauge") parts.push(await registry.getSingleMetricAsString(name));
        else if (lines.has(key))
          parts.push(`# HELP ${name} ${help}\n# TYPE ${name} gauge\n${join(name, lines.get(key))}`);
      }
      return `${parts.join("\n")}\n`;
    },
  };
}

/** Gauges are written here: a thousand servers make many series, and the package takes twice as long for each. */
function join(name: string, lines: readonly string[] = []): string {
  return name + lines.join(`\n${name}`);
}

function toLabelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeText(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeText(value: string): string {
  if (!NEEDS_ESCAPE.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function toNumberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return String(value);
}
