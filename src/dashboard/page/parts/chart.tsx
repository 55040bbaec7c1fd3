import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";

/** A curve of a chart. */
export interface Curve {
  readonly label: string;
  /** A number from 1 to 6: `--series-1` and so on in the styles. */
  readonly color: number;
  readonly values: readonly (number | null)[];
  readonly isFilled?: boolean;
}

const HEIGHT = 190;
const DASHES = [[], [7, 3], [2, 3], [9, 3, 2, 3], [4, 4], [12, 4]];

/** Curves over time. `told` says in words what they show now, for those who do not see them. */
export function Chart(props: {
  readonly times: readonly number[];
  readonly curves: readonly Curve[];
  readonly told: string;
  readonly format: (value: number) => string;
}) {
  const { times, curves, told, format } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const theme = useTheme();
  const labels = curves.map(({ label }) => label).join("\n");
  const data: uPlot.AlignedData = [[...times], ...curves.map(({ values }) => [...values])];

  useEffect(() => {
    const host = box.current;
    if (!host) return;
    const made = new uPlot(toOptions(host, curves, format), data, host);
    plot.current = made;
    showLatest(made);
    const observer = new ResizeObserver(() => made.setSize({ width: host.clientWidth, height: HEIGHT }));
    observer.observe(host);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [labels, theme]);
  useEffect(() => {
    if (!plot.current) return;
    plot.current.setData(data);
    showLatest(plot.current);
  }, [times]);

  return (
    <figure class="chart">
      <div ref={box} aria-hidden="true" />
      <figcaption class="hidden">{told}</figcaption>
    </figure>
  );
}

/** Unless somebody points at another moment, the legend has the figures of the last one. */
function showLatest(plot: uPlot): void {
  if ((plot.cursor.left ?? -1) < 0) plot.setLegend({ idx: plot.data[0].length - 1 }, false);
}

function toOptions(host: HTMLElement, curves: readonly Curve[], format: (value: number) => string): uPlot.Options {
  const styles = getComputedStyle(document.documentElement);
  const color = (name: string) => styles.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: color("--muted"),
    font: `11px ${styles.fontFamily}`,
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: host.clientWidth,
    height: HEIGHT,
    padding: [8, 28, 0, 0],
    legend: { live: true },
    hooks: { setCursor: [showLatest] },
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: "fleet" } },
    scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, Math.max(max ?? 0, 1e-3) * 1.1] } },
    axes: [
      { ...axis, size: 28, space: 80, values: (_plot, ticks) => ticks.map(toClock) },
      { ...axis, size: 56, values: (_plot, ticks) => ticks.map(format) },
    ],
    series: [
      { label: "Time", value: (_plot, at) => (at === null ? "–" : toClock(at)) },
      ...curves.map(({ label, color: number, isFilled }, index): uPlot.Series => {
        const stroke = color(`--series-${number}`);
        return {
          label,
          stroke,
          width: 1.5,
          dash: DASHES[index % DASHES.length] ?? [],
          points: { show: false },
          ...(isFilled && { fill: `${stroke}22` }),
          value: (_plot, value) => (value === null || value === undefined ? "–" : format(value)),
        };
      }),
    ],
  };
}

function toClock(atSec: number): string {
  return new Date(atSec * 1_000).toTimeString().slice(0, 8);
}

/** Light or dark, drawn again when it changes. */
function useTheme(): string | undefined {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme);
  useEffect(() => {
    const read = () => setTheme(document.documentElement.dataset.theme);
    read();
    addEventListener("themechange", read);
    return () => removeEventListener("themechange", read);
  }, []);
  return theme;
}
