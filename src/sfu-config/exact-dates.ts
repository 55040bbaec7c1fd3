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

/**
 * The table with every date in it as the text that it was parsed from has it, to the last digit.
 * Throws an Error if two dates of the text differ by less than the reader can tell.
 */
export function keepDateLiterals(table: TomlTable, toml: string): TomlTable {
  const literals = new Map<string, string>();
  for (const [literal] of toml.matchAll(DATE_LITERAL)) {
    const other = literals.get(normalize(literal));
    if (other !== undefined && canonize(other) !== canonize(literal)) {
      throw new Error(`the dates ${other} and ${literal} cannot be told apart`);
    }
    literals.set(normalize(literal), literal);
  }
  return mapTable(table, (date) => new LiteralDate(date, literals.get(date.toISOString()) ?? date.toISOString()));
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
