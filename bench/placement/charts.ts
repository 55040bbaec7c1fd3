import { type Comparison, toRunOptions } from "./compare.ts";
import { runWorld, TIMELINE } from "./world.ts";

const open = (title: string, width: number, height: number) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12"><title>${title}</title>` +
  `<rect width="${width}" height="${height}" fill="#fff"/>`;
const COLOURS: Readonly<Record<number, string>> = { 400: "#d1495b", 800: "#edae49", 1600: "#30638e" };
const OVERLOAD = 0.95;
const MAX_LOAD = 1.3;
const PANEL = { width: 330, height: 250, left: 36, top: 26, bottom: 28 } as const;
const LEGEND_HEIGHT = 30;
const COLUMNS = 3;
const SAMPLE_SEC = 5;

function text(x: number, y: number, content: string, more = ""): string {
  return `<text x="${x}" y="${y}" ${more}>${content}</text>`;
}

/** Bars of the overloaded server-seconds of every policy, one block for each comparison. */
export function drawBars(comparisons: readonly Comparison[]): string {
  const [width, left, row] = [860, 210, 20];
  const parts: string[] = [];
  let y = 24;
  for (const { scenario, seeds, gateways, policies } of comparisons) {
    const entries = Object.entries(policies);
    const most = Math.max(1, ...entries.map(([, metrics]) => metrics.overloadedServerSecondsPct));
    parts.push(
      text(
        10,
        y,
        `${scenario}, gateways: ${gateways}: overloaded server-seconds in %, mean of ${seeds} seeds`,
        'font-weight="bold"',
      ),
    );
    for (const [name, { overloadedServerSecondsPct: value }] of entries) {
      y += row;
      const length = (value / most) * (width - left - 70);
      const colour = name === "headroom" ? "#30638e" : "#9aa5b1";
      parts.push(
        text(left - 8, y, name, 'text-anchor="end"'),
        `<rect x="${left}" y="${y - 12}" width="${length.toFixed(1)}" height="15" fill="${colour}"/>`,
        text(left + length + 6, y, value.toFixed(2)),
      );
    }
    y += 2 * row;
  }
  return `${open("Overloaded server-seconds by policy", width, y)}${parts.join("")}</svg>\n`;
}

/** Load over time of every server in one run of the heavy scenario, the policies side by side, three in a row. */
export async function drawLoads(names: readonly string[]): Promise<string> {
  const rows = Math.ceil(names.length / COLUMNS);
  const panels: string[] = [];
  for (const [index, name] of names.entries()) {
    const [x, y] = [(index % COLUMNS) * PANEL.width, LEGEND_HEIGHT + Math.floor(index / COLUMNS) * PANEL.height];
    panels.push(`<g transform="translate(${x} ${y})">${await drawPanel(name)}</g>`);
  }
  const legend = Object.entries(COLOURS).map(([capacity, colour], i) =>
    text(PANEL.left + 150 * i, 18, `servers for ${capacity}`, `fill="${colour}"`),
  );
  return `${open("Load over time by policy", COLUMNS * PANEL.width, LEGEND_HEIGHT + rows * PANEL.height)}${legend.join("")}${panels.join("")}</svg>\n`;
}

async function drawPanel(name: string): Promise<string> {
  const { width, height, left, top, bottom } = PANEL;
  const toX = (sec: number) => Math.round(left + (sec / TIMELINE.end) * (width - left - 10));
  const toY = (load: number) => Math.round(top + (1 - Math.min(load, MAX_LOAD) / MAX_LOAD) * (height - top - bottom));
  const parts = [text(left, top - 8, name, 'font-weight="bold"')];
  for (const load of [0, 0.5, OVERLOAD]) {
    const stroke = load === OVERLOAD ? 'stroke="#d1495b" stroke-dasharray="4 3"' : 'stroke="#ccc"';
    parts.push(
      `<line x1="${left}" x2="${toX(TIMELINE.end)}" y1="${toY(load)}" y2="${toY(load)}" ${stroke}/>`,
      text(left - 4, toY(load) + 4, String(load), 'text-anchor="end"'),
    );
  }
  const lines = new Map<string, { colour: string; points: string[] }>();
  await runWorld({
    ...toRunOptions({ scenario: "heavy", policy: name, gateways: 1, seed: 1 }),
    onSample(servers, sec) {
      if (sec % SAMPLE_SEC !== 0) return;
      for (const { endpoint, capacity, clients, isAlive } of servers) {
        const line = lines.get(endpoint) ?? { colour: COLOURS[capacity] ?? "#000", points: [] };
        lines.set(endpoint, line);
        if (isAlive) line.points.push(`${toX(sec)},${toY(clients.size / capacity)}`);
      }
    },
  });
  for (const { colour, points } of lines.values())
    parts.push(`<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="0.8"/>`);
  for (const what of ["newcomer", "kill", "drain"] as const)
    parts.push(text(toX(TIMELINE[what]), height - 8, what, 'text-anchor="middle" fill="#666"'));
  return parts.join("");
}
