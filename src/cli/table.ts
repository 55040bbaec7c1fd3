/** Values of one line of a table, by name. */
export type Row = Readonly<Record<string, unknown>>;

/** A column: its title, and what stands in it for a row. */
export interface Column {
  readonly title: string;
  readonly from: (row: Row) => unknown;
  /** Numbers stand to the right. */
  readonly isNumber?: boolean;
}

/** How a table is to look. */
export interface TableStyle {
  /** Columns that the terminal has; undefined for no limit. */
  readonly width: number | undefined;
  readonly hasColors: boolean;
}

const GAP = "  ";
/** No column is made narrower, nor than its title. */
const MIN_WIDTH = 8;
const BOLD = "1";
/** Words that are worth a colour (SGR parameters, ECMA-48 section 8.3.117). */
const COLORS: Readonly<Record<string, string>> = {
  enabled: "32",
  ok: "32",
  applied: "32",
  full: "33",
  draining: "33",
  registered: "33",
  disabled: "31",
  keyless: "31",
  failed: "31",
};

/** Lines of a table. Where it is too wide, the widest columns of text are cut; where that is not enough, the last are left out. */
export function toTable(columns: readonly Column[], rows: readonly Row[], { width, hasColors }: TableStyle): string[] {
  const cells = rows.map((row) => columns.map(({ from }) => toCell(from(row))));
  const widths = columns.map(({ title }, index) =>
    Math.max(Bun.stringWidth(title), ...cells.map((line) => Bun.stringWidth(line[index] ?? ""))),
  );
  if (width !== undefined && !shrink(widths, columns, width) && columns.length > 1)
    return toTable(columns.slice(0, -1), rows, { width, hasColors });
  const toLine = (line: readonly string[], paint: (text: string, cell: string) => string) => {
    const texts = columns.map(({ isNumber = false }, index) => {
      const cell = line[index] ?? "";
      return { cell, text: fit(cell, widths[index] ?? 0, isNumber) };
    });
    const plain = texts.map(({ text }) => text).join(GAP);
    if (width !== undefined && Bun.stringWidth(plain) > width) return cut(plain, width);
    return (hasColors ? texts.map(({ text, cell }) => paint(text, cell)).join(GAP) : plain).trimEnd();
  };
  const titles = columns.map(({ title }) => title);
  return [
    toLine(titles, (text) => color(text, BOLD)),
    ...cells.map((line) =>
      toLine(line, (text, cell) => {
        const [word = ""] = cell.split(", ");
        const code = Object.hasOwn(COLORS, word) ? COLORS[word] : undefined;
        return code === undefined ? text : color(text, code);
      }),
    ),
  ];
}

/** A value as one line of text that can do nothing to a terminal. */
export function toCell(value: unknown): string {
  const text =
    value === undefined || value === null ? "" : typeof value === "object" ? JSON.stringify(value) : `${value}`;
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "\u{fffd}");
}

/** Makes the widest columns of text narrower until all fit, and says whether they do. */
function shrink(widths: number[], columns: readonly Column[], width: number): boolean {
  const total = () => widths.reduce((sum, each) => sum + each, 0) + GAP.length * (widths.length - 1);
  while (total() > width) {
    const spare = columns.map(({ title, isNumber }, index) =>
      isNumber === true ? 0 : (widths[index] ?? 0) - Math.max(MIN_WIDTH, Bun.stringWidth(title)),
    );
    const candidates = widths.map((each, index) => ((spare[index] ?? 0) > 0 ? each : 0));
    const widest = Math.max(...candidates);
    if (widest === 0) return false;
    widths[candidates.indexOf(widest)] = widest - 1;
  }
  return true;
}

function fit(text: string, width: number, isNumber: boolean): string {
  const short = Bun.stringWidth(text) > width ? cut(text, width) : text;
  const padding = " ".repeat(Math.max(0, width - Bun.stringWidth(short)));
  return isNumber ? padding + short : short + padding;
}

function cut(text: string, width: number): string {
  let short = "";
  for (const character of text) {
    if (Bun.stringWidth(short + character) > width - 1) break;
    short += character;
  }
  return `${short}…`;
}

function color(text: string, code: string): string {
  return `\u001b[${code}m${text}\u001b[0m`;
}
