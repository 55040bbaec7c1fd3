import { type Counter, createCounter, createHistogram, type Histogram, toLabelText, toNumberText } from "./series.ts";
import {
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  METRICS,
  type MetricSpec,
} from "./table.ts";

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
  readonly toText: (collect: (add: AddGauges) => void) => string;
}

/** Media type of the text. */
export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Creates counters and histograms that stand at zero. */
export function createMetricsRegistry(): MetricsRegistry {
  const counters = new Map<string, Counter>();
  const histograms = new Map<string, Histogram>();
  for (const [key, spec] of Object.entries<MetricSpec>(METRICS)) {
    if (spec.type === "counter") counters.set(key, createCounter(spec));
    if (spec.type === "histogram") histograms.set(key, createHistogram(spec));
  }

  return {
    count: (metric, labels, by = 1) => counters.get(metric)?.add(labels, by),
    observe: (metric, labels, value) => histograms.get(metric)?.observe(labels, value),
    forget: (metric, labels) => (counters.get(metric) ?? histograms.get(metric))?.forget(labels),
    toText(collect) {
      const gauges = new Map<string, string[]>();
      collect((labels, values) => {
        const labelText = toLabelText(labels);
        for (const [key, value] of Object.entries(values)) {
          const own = gauges.get(key);
          if (own) own.push(`${labelText} ${toNumberText(value)}`);
          else gauges.set(key, [`${labelText} ${toNumberText(value)}`]);
        }
      });
      const parts: string[] = [];
      for (const [key, { type, name, help }] of Object.entries(METRICS)) {
        const gauge = gauges.get(key);
        if (type === "gauge" && gauge === undefined) continue;
        parts.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
        if (gauge) parts.push(name + gauge.join(`\n${name}`));
        else parts.push(...(counters.get(key)?.toLines() ?? histograms.get(key)?.toLines() ?? []));
      }
      return `${parts.join("\n")}\n`;
    },
  };
}
