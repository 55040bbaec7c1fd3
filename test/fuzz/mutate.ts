import type { Random } from "../../src/clock.ts";
import { TOKENS } from "./dictionary.ts";
import { mutateJson } from "./mutate-json.ts";
import { pick, pickDepth, upTo } from "./pick.ts";

/** How inputs of a target are changed: as any bytes, or by lines of which each is JSON. */
export type Shape = "text" | "json";

type Mutation = (bytes: Buffer, random: Random, others: readonly string[]) => Buffer;

const MAX_ROUNDS = 6;
const MAX_BYTES = 400_000;
/** What is longer is not taken apart any more: it can grow by a factor each time. */
const MAX_STRUCTURE_BYTES = 10_000;
const LONG = [256, 8_193, 70_000];

/** Changes one of the texts in one place or a few. */
export function mutate(texts: readonly string[], shape: Shape, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(pick(random, texts));
  for (let rounds = 1 + upTo(random, MAX_ROUNDS); rounds > 0; rounds--) {
    const isByStructure = shape === "json" && bytes.length < MAX_STRUCTURE_BYTES && random() < 0.75;
    bytes = isByStructure ? mutateLine(bytes, random) : pick(random, MUTATIONS)(bytes, random, texts);
    if (random() < 0.4) break;
  }
  return bytes.subarray(0, MAX_BYTES);
}

/** Changes the JSON of one of the lines; one that is none stays. */
function mutateLine(bytes: Buffer, random: Random): Buffer {
  const lines = bytes.toString().split("\n");
  const at = upTo(random, lines.length);
  return Buffer.from(lines.with(at, mutateJson(lines[at] ?? "", random)).join("\n"));
}

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => {
    const changed = Buffer.from(bytes);
    const at = upTo(random, bytes.length);
    if (bytes.length > 0) changed[at] = (bytes[at] ?? 0) ^ (1 << upTo(random, 8));
    return changed;
  },
  (bytes, random) => replace(bytes, upTo(random, bytes.length), 1, Buffer.from([upTo(random, 256)])),
  (bytes, random) => bytes.subarray(0, upTo(random, bytes.length + 1)),
  (bytes, random) => replace(bytes, upTo(random, bytes.length), upTo(random, 16), Buffer.alloc(0)),
  (bytes, random) => replace(bytes, upTo(random, bytes.length + 1), 0, Buffer.from(pick(random, TOKENS))),
  (bytes, random) => replace(bytes, upTo(random, bytes.length), upTo(random, 8), Buffer.from(pick(random, TOKENS))),
  (bytes, random, others) => {
    const other = Buffer.from(pick(random, others));
    return Buffer.concat([
      bytes.subarray(0, upTo(random, bytes.length + 1)),
      other.subarray(upTo(random, other.length + 1)),
    ]);
  },
  (bytes, random) => {
    const from = upTo(random, bytes.length);
    const part = bytes.subarray(from, from + upTo(random, 64));
    return replace(bytes, upTo(random, bytes.length + 1), 0, part);
  },
  (bytes, random) =>
    replaceMatch(bytes, random, /-?\d+(\.\d+)?/g, ["0", "-1", "1e999", "1".repeat(400), "0x7f", "1_0"]),
  (bytes, random) => {
    const [open, close] = pick(random, [
      ["[", "]"],
      ['{"a":', "}"],
      ["{a=", "}"],
      ["[a.", "]"],
    ] as const);
    const depth = pickDepth(random);
    const text = open.repeat(depth) + (random() < 0.5 ? close.repeat(depth) : "");
    return replace(bytes, upTo(random, bytes.length + 1), 0, Buffer.from(text));
  },
  (bytes, random) => replace(bytes, upTo(random, bytes.length + 1), 0, Buffer.alloc(pick(random, LONG), "a")),
  (bytes, random) => {
    const lines = bytes.toString("latin1").split("\n");
    const line = pick(random, lines);
    return Buffer.from(lines.toSpliced(upTo(random, lines.length), random() < 0.5 ? 1 : 0, line).join("\n"), "latin1");
  },
];

function replace(bytes: Buffer, at: number, count: number, by: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + count)]);
}

function replaceMatch(bytes: Buffer, random: Random, pattern: RegExp, by: readonly string[]): Buffer {
  const text = bytes.toString("latin1");
  const matches = [...text.matchAll(pattern)];
  if (matches.length === 0) return bytes;
  const { index, 0: found } = pick(random, matches);
  return replace(bytes, index, found.length, Buffer.from(pick(random, by)));
}
