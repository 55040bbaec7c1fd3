import * as v from "valibot";
import type { Figure } from "./figures.ts";

const goal = v.object({
  of: v.picklist(["value", "ratio"]),
  atMost: v.exactOptional(v.number()),
  atLeast: v.exactOptional(v.number()),
});
const figure = v.object({
  suite: v.string(),
  case: v.string(),
  metric: v.string(),
  unit: v.string(),
  // JSON has no NaN and writes null for it.
  value: v.pipe(
    v.nullable(v.number()),
    v.transform((value) => value ?? Number.NaN),
  ),
  limit: v.exactOptional(v.number()),
  ratio: v.exactOptional(v.number()),
  goal: v.exactOptional(goal),
});
const result = v.object({ figures: v.array(figure) });

/** Reads the figures of a run that `--json` has written; throws an Error if it is none. */
export function parseResult(text: string): readonly Figure[] {
  return v.parse(result, JSON.parse(text)).figures;
}
