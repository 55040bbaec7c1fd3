import { TomlDate } from "smol-toml";
import { isTable, type TomlTable, type TomlValue } from "./recommended.ts";

/** A date, a time or both, as TOML 1.0 has them. */
const DATE_LITERAL =
  /\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})?)?|\d{2}:\d{2}:\d{2}(?:\.\d+)?/g;

/** A date that is written as it was read. JavaScript's own knows milliseconds only, and takes 30 February for 2 March. */
class LiteralDate extends Date {
  readonly literal: string;

  constructor(date: Date, literal: string) {
    super(date);
    this.literal = literal;
  }

  override toISOString(): string {
    return this.literal;
  }
}

/** Comments, and strings of one line: what looks like a date in them is none. */
const NO_VALUE = /"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#.*/g;

/**
 * The table with every date in it as the text that it was parsed from has it, to the last digit.
 * Throws an Error if the text has another date that differs from one in the table by less than the reader can tell.
 */
export function keepDateLiterals(table: TomlTable, toml: string): TomlTable {
  const literals = new Map<string, string[]>();
  for (const [literal] of toml.replace(NO_VALUE, '""').matchAll(DATE_LITERAL)) {
    const others = literals.get(normalize(literal)) ?? [];
    if (!others.some((other) => canonize(other) === canonize(literal)))
      literals.set(normalize(literal), [...others, literal]);
  }
  return mapTable(table, (date) => {
    const [literal = date.toISOString(), other] = literals.get(date.toISOString()) ?? [];
    if (other !== undefined) throw new Error(`the dates ${literal} and ${other} cannot be told apart`);
    return new LiteralDate(date, literal);
  });
}

/** What the reader makes of a literal: the same for all that it cannot tell apart. */
function normalize(literal: string): string {
  const date = new TomlDate(literal);
  return Number.isNaN(date.getTime()) ? literal : date.toISOString();
}

/** One text for all ways to write a date. */
function canonize(literal: string): string {
  return literal
    .toUpperCase()
    .replace(" ", "T")
    .replace(/(\.\d*?)0+(?!\d)/, "$1")
    .replace(/\.(?!\d)/, "");
}

function mapTable(table: TomlTable, keep: (date: Date) => Date): TomlTable {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, mapValue(value, keep)]));
}

function mapValue(value: TomlValue, keep: (date: Date) => Date): TomlValue {
  if (value instanceof Date) return keep(value);
  if (Array.isArray(value)) return value.map((element) => mapValue(element, keep));
  return isTable(value) ? mapTable(value, keep) : value;
}
