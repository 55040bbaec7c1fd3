import * as v from "valibot";
import { isName } from "../fleet/ids.ts";

/** Ten years of 365 days: nothing is longer. */
const MAX_SEC = 10 * 365 * 86_400;

/** A room's or a user's id: 1 to 255 bytes of UTF-8. */
export const name = v.pipe(
  v.string("must be a string"),
  v.check((text) => isName(text), "must be 1 to 255 bytes of UTF-8"),
);

/** A span of time in seconds, fractions allowed. */
export const duration = v.pipe(
  v.number("must be a number of seconds"),
  v.minValue(0, "must not be negative"),
  v.maxValue(MAX_SEC, `must be at most ${MAX_SEC}, which is ten years`),
);

/** Seconds of a ban, 0 for none. */
export const banTime = v.optional(duration, 0);

/** Bytes as a list of integers. A loop of our own, as the list may have a million elements. */
export const bytes = v.pipe(
  v.array(v.any(), "must be a list of integers from 0 to 255"),
  v.check((list) => list.every(isByte), "must be a list of integers from 0 to 255"),
  v.transform((list): readonly number[] => list),
);

/** Most entries that one page can have. */
const MAX_PAGE = 10_000;

/** How many entries a page has at most. */
export const pageLimit = v.optional(
  v.pipe(
    v.number("must be a number"),
    v.integer("must be an integer"),
    v.minValue(1, "must be at least 1"),
    v.maxValue(MAX_PAGE, `must be at most ${MAX_PAGE}`),
  ),
  1_000,
);

/** Where an earlier page ended. */
export const pageEnd = v.pipe(v.number("must be a number"), v.safeInteger("must be the `next` of an earlier answer"));

/** Which page of a listing: up to `limit` entries after the one at which the last page ended. */
export const page = { limit: pageLimit, after: v.optional(pageEnd, 0) };

/** Which page of a listing by keys, of which `after` is one. */
export const keyPage = { limit: pageLimit, after: v.optional(v.string("must be the `next` of an earlier answer")) };

function isByte(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 255;
}
