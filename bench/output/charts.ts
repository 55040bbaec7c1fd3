import type { LoadPoint } from "../connect/case.ts";
import type { CostPoint } from "../scale/suite.ts";

/** A line of a chart. */
interface Line {
  readonly name: string;
  readonly colour: string;
  readonly isDashed?: boolean;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A scale from what is measured to where it is drawn. */
interface Axis {
  readonly toPosition: (value: number) => number;
  readonly ticks: readonly number[];
}

const SIZE = { width: 720, height: 400, left: 70, right: 20, top: 60, bottom: 50 } as const;
const GATEWAY = "#30638e";
const LIMIT = "#d1495b";
/** Most steps of an axis whose scale is even. */
const MAX_STEPS = 6;

/** Latency over offered load, of the gateway and of the limit, in milliseconds on a logarithmic scale. */
export function drawLatency(points: readonly LoadPoint[]): string {
  const lines = (["p50", "p99"] as const).flatMap((which): Line[] => {
    const pick = (who: "gateway" | "limit") =>
      points.map((point) => [point.perSecond, point[who][which] / 1_000] as const);
    const isDashed = which === "p50";
    return [
      { name: `gateway ${which}`, colour: GATEWAY, isDashed, points: pick("gateway") },
      { name: `limit ${which}`, colour: LIMIT, isDashed, points: pick("limit") },
    ];
  });
  return draw("Connect: latency in ms over requests a second, open loop", lines, toLinearAxis, toLogAxis);
}

/** Cost of a reported room over the size of the fleet. */
export function drawCost(points: readonly CostPoint[]): string {
  const line = points.map(({ servers, usPerRoom }) => [servers, usPerRoom] as const);
  const lines = [{ name: "gateway", colour: GATEWAY, points: line }];
  return draw("Reports: CPU in µs for each room over servers", lines, toLogAxis, toLinearAxis);
}

type ToAxis = (values: readonly number[], from: number, to: number) => Axis;

function draw(title: string, lines: readonly Line[], toX: ToAxis, toY: ToAxis): string {
  const { width, height, left, right, top, bottom } = SIZE;
  const all = lines.flatMap(({ points }) => points);
  const x = toX(
    all.map(([value]) => value),
    left,
    width - right,
  );
  const y = toY(
    all.map(([, value]) => value),
    height - bottom,
    top,
  );
  const parts = [text(left, 22, title, 'font-weight="bold"')];
  for (const tick of y.ticks) {
    const at = round(y.toPosition(tick));
    parts.push(
      `<line x1="${left}" x2="${width - right}" y1="${at}" y2="${at}" stroke="#ccc"/>`,
      text(left - 8, at + 4, label(tick), 'text-anchor="end"'),
    );
  }
  for (const tick of x.ticks)
    parts.push(text(round(x.toPosition(tick)), height - bottom + 20, label(tick), 'text-anchor="middle"'));
  for (const [i, { name, colour, isDashed, points }] of lines.entries()) {
    const path = points.map(([px, py]) => `${round(x.toPosition(px))},${round(y.toPosition(py))}`);
    const stroke = `stroke="${colour}" stroke-width="2"${isDashed ? ' stroke-dasharray="5 4"' : ""}`;
    parts.push(
      `<polyline points="${path.join(" ")}" fill="none" ${stroke}/>`,
      ...path.map((at) => `<circle cx="${at.split(",")[0]}" cy="${at.split(",")[1]}" r="3" fill="${colour}"/>`),
      `<line x1="${left + 150 * i}" x2="${left + 24 + 150 * i}" y1="40" y2="40" ${stroke}/>`,
      text(left + 30 + 150 * i, 44, name, `fill="${colour}"`),
    );
  }
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">` +
    `<title>${title}</title><rect width="${width}" height="${height}" fill="#fff"/>${parts.join("")}</svg>\n`
  );
}

function toLinearAxis(values: readonly number[], from: number, to: number): Axis {
  const most = Math.max(...values);
  const unit = 10 ** Math.floor(Math.log10(most / MAX_STEPS));
  const step = unit * ([1, 2, 5].find((times) => unit * times * MAX_STEPS >= most) ?? 10);
  const end = Math.ceil(most / step) * step;
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, i) => i * step);
  return { toPosition: (value) => from + (value / end) * (to - from), ticks };
}

function toLogAxis(values: readonly number[], from: number, to: number): Axis {
  const [first, last] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
  const decades = Math.max(1, last - first);
  const ticks = Array.from({ length: decades + 1 }, (_, i) => 10 ** (first + i));
  return { toPosition: (value) => from + ((Math.log10(value) - first) / decades) * (to - from), ticks };
}

function label(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 4 });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function text(x: number, y: number, content: string, more = ""): string {
  return `<text x="${x}" y="${y}" ${more}>${content}</text>`;
}
