import { parse, TomlDate } from "smol-toml";
import { isTable, type TomlTable, type TomlValue } from "./recommended.ts";

/** A date, a time or both, as TOML has them; seconds may be left out since TOML 1.1. */
const DATE_LITERAL =
  /\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}:\d{2})?)?|\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?/g;

/** Strings of many lines and of one, and comments: what looks like a date or a number in them is none. */
const NO_VALUE = /"""(?:[^\\]|\\[\s\S])*?"""(?!")|'''[\s\S]*?'''(?!')|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#.*/g;

const NUMBER_LITERAL = /\d[\d_]*(?:\.[\d_]+)?(?:[eE][+-]?[\d_]+)?/g;

const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 63n - 1n;

/**
 * A value that is written as it was read, which the writer does with dates alone. JavaScript's own dates know milliseconds
 * only, and take 30 February for 2 March; and the writer has one zero.
 */
class Literal extends Date {
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
 * The table that was parsed from a text, such that it will be written with the same values: every date in it to the last
 * digit, and zeros with their sign. Throws an Error for what cannot be kept: a date that differs from another by less than
 * the reader can tell, an integer past 64 bits, a number that is too large.
 */
export function keepValues(table: TomlTable, toml: string): TomlTable {
  const literals = findDates(toml.replace(NO_VALUE, '""'));
  let infinities = 0;
  const kept = mapTable(table, (value) => {
    if (value instanceof Date) return keepDate(value, literals);
    if (typeof value === "bigint" && (value < MIN_INTEGER || value > MAX_INTEGER))
      throw new Error(`has an integer that does not fit into 64 bits: ${shorten(String(value))}`);
    if (isInfinite(value)) infinities++;
    return Object.is(value, -0) ? new Literal(new Date(0), "-0.0") : value;
  });
  if (infinities > 0) refuseOverflow(toml, infinities);
  return kept;
}

function isInfinite(value: TomlValue): boolean {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
}

/** The dates of a text, by what the reader makes of them: a second one only if it means another time. */
function findDates(bare: string): ReadonlyMap<string, readonly string[]> {
  const literals = new Map<string, string[]>();
  for (const [literal] of bare.matchAll(DATE_LITERAL)) {
    const read = normalize(literal);
    const [first, second] = literals.get(read) ?? [];
    if (first === undefined) literals.set(read, [literal]);
    else if (second === undefined && canonize(first) !== canonize(literal)) literals.set(read, [first, literal]);
  }
  return literals;
}

function keepDate(date: Date, literals: ReadonlyMap<string, readonly string[]>): Date {
  const [literal, other] = literals.get(date.toISOString()) ?? [];
  if (literal === undefined) throw new Error(`has a date that cannot be kept as it is: ${date.toISOString()}`);
  if (other !== undefined) throw new Error(`the dates ${literal} and ${other} cannot be told apart`);
  return new Literal(date, literal);
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
    .replace(/^((?:[\d-]+T)?\d{2}:\d{2})(?!:|\d)/, "$1:00")
    .replace(/(\.\d*?)0+(?!\d)/, "$1")
    .replace(/\.(?!\d)/, "");
}

/**
 * Tells infinity from a number that is too large to be another: where it is one, there are fewer infinities when all that looks
 * like such numbers is replaced by others. What looks like one may also be a part of a key, or of a number in another base.
 */
function refuseOverflow(toml: string, infinities: number): void {
  const masked = toml.replace(NO_VALUE, (text) => " ".repeat(text.length));
  const literals = [...masked.matchAll(NUMBER_LITERAL)].filter(
    ([literal]) => Number(literal.replaceAll("_", "")) === Number.POSITIVE_INFINITY,
  );
  const [first] = literals;
  if (!first) return;
  let finite = "";
  let end = 0;
  for (const { index, 0: literal } of literals) {
    finite += toml.slice(end, index) + "1".repeat(literal.length);
    end = index + literal.length;
  }
  if (countInfinities(finite + toml.slice(end)) < infinities)
    throw new Error(`has a number that is too large: ${shorten(first[0])}`);
}

/** How many values of a text are infinite; none if it is no TOML. */
function countInfinities(toml: string): number {
  let count = 0;
  try {
    mapTable(parse(toml, { integersAsBigInt: true }) as TomlTable, (value) => {
      if (isInfinite(value)) count++;
      return value;
    });
  } catch {
    return 0;
  }
  return count;
}

function shorten(literal: string): string {
  return literal.length > 40 ? `${literal.slice(0, 40)}…` : literal;
}

function mapTable(table: TomlTable, keep: (value: TomlValue) => TomlValue): TomlTable {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, mapValue(value, keep)]));
}

function mapValue(value: TomlValue, keep: (value: TomlValue) => TomlValue): TomlValue {
  if (Array.isArray(value)) return value.map((element) => mapValue(element, keep));
  return isTable(value) ? mapTable(value, keep) : keep(value);
}
