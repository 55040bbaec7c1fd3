import type { Random } from "../../src/clock.ts";
import { JSON_TEXTS, PLAIN_TEXTS, TOKENS } from "./dictionary.ts";
import { pick, pickDepth, upTo } from "./pick.ts";

/** A place in a JSON value: a member of an object, or an element of a list. */
interface Place {
  readonly holder: Record<string, unknown> | unknown[];
  readonly key: string | number;
  readonly value: unknown;
}

/** Stands for a text that goes into the JSON as it is. */
const RAW = '"\u0001raw"';
const RAW_VALUE: unknown = JSON.parse(RAW.replace("\u0001", "\\u0001"));
const RAW_TEXT = JSON.stringify(RAW_VALUE);

/** Changes one place of a JSON text; a text that is no JSON stays as it is. */
export function mutateJson(text: string, random: Random): string {
  try {
    return change({ root: JSON.parse(text) }, random);
  } catch {
    // What was put into itself, or is too deep, has no text either.
    return text;
  }
}

function change(top: { root: unknown }, random: Random): string {
  const { holder, key, value } = pick(random, listPlaces(top));
  let raw = pick(random, random() < 0.5 ? JSON_TEXTS : PLAIN_TEXTS);
  switch (upTo(random, 9)) {
    case 0:
      remove(holder, key);
      break;
    case 1:
      add(holder, random);
      break;
    case 2:
      put(holder, key, pick(random, listPlaces(top)).value);
      break;
    case 3:
      put(holder, key, typeof value === "string" ? value + pick(random, TOKENS) : [value]);
      break;
    case 4:
      put(holder, key, RAW_VALUE);
      raw = nest(JSON.stringify(value) ?? "null", pickDepth(random));
      break;
    case 5:
      if (Array.isArray(holder)) for (let more = upTo(random, 60); more > 0; more--) holder.push(value);
      else put(holder, key, "x".repeat(pick(random, [254, 255, 256, 9_000])));
      break;
    case 6:
      put(holder, key, typeof value === "number" ? value * pick(random, [-1, 1e3, 1e18, 0.3]) : String(value));
      break;
    default:
      put(holder, key, RAW_VALUE);
  }
  return (JSON.stringify(top.root) ?? "").replaceAll(RAW_TEXT, () => raw);
}

function listPlaces(top: Record<string, unknown>): Place[] {
  const places: Place[] = [];
  const waiting: (Record<string, unknown> | unknown[])[] = [top];
  for (let holder = waiting.pop(); holder !== undefined; holder = waiting.pop()) {
    for (const [key, value] of Object.entries(holder)) {
      places.push({ holder, key: Array.isArray(holder) ? Number(key) : key, value });
      if (isHolder(value)) waiting.push(value);
    }
  }
  return places;
}

function isHolder(value: unknown): value is Record<string, unknown> | unknown[] {
  return typeof value === "object" && value !== null;
}

/** Not by `=`, which for `__proto__` is something else. */
function put(holder: Place["holder"], key: string | number, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function remove(holder: Place["holder"], key: string | number): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
}

function add(holder: Place["holder"], random: Random): void {
  if (Array.isArray(holder)) holder.splice(upTo(random, holder.length + 1), 0, RAW_VALUE);
  else put(holder, pick(random, TOKENS), RAW_VALUE);
}

function nest(text: string, depth: number): string {
  return "[".repeat(depth) + text + "]".repeat(depth);
}
