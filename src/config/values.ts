import * as v from "valibot";
import { isCidr } from "./cidr.ts";

/** Longer times overflow the runtime's timers. */
const MAX_SECONDS = 24 * 86_400;

/** True or false. This and what follows is given what the setting means, which docs/configuration.md is made of. */
export const flag = (meaning: string) => v.pipe(v.boolean("must be true or false"), v.description(meaning));

/** A text that is not empty. */
export const text = (meaning: string) =>
  v.pipe(v.string("must be a string"), v.nonEmpty("must not be empty"), v.description(meaning));

/** A TCP port, 0 for any that is free. */
export const port = (meaning: string) =>
  v.pipe(
    v.number("must be a port"),
    v.integer("must be an integer"),
    v.minValue(0, "must be from 0 to 65535"),
    v.maxValue(65_535, "must be from 0 to 65535"),
    v.description(meaning),
  );

const span = v.pipe(
  v.number("must be a number of seconds"),
  v.finite("must be finite"),
  v.maxValue(MAX_SECONDS, `must be at most ${MAX_SECONDS}, which is 24 days`),
);

/** A span of time in seconds, fractions allowed. */
export const seconds = (meaning: string) => v.pipe(span, v.gtValue(0, "must be more than 0"), v.description(meaning));

/** A span of time in seconds, or none at all. */
export const secondsOrNone = (meaning: string) =>
  v.pipe(span, v.minValue(0, "must not be negative"), v.description(meaning));

/** A number of things, at least one. */
export const count = (meaning: string) =>
  v.pipe(
    v.number("must be an integer"),
    v.integer("must be an integer"),
    v.minValue(1, "must be at least 1"),
    v.description(meaning),
  );

const cidr = v.pipe(
  v.string("must be a network such as 10.0.0.0/8"),
  v.check(isCidr, "must be a network such as 10.0.0.0/8"),
);

/** Networks in CIDR notation. */
export const networks = (meaning: string) =>
  v.pipe(v.array(cidr, "must be a list of networks"), v.description(meaning));

/**
 * Says whether a value is an object. Where a setting may have several shapes, that decides which one was meant, and so
 * what is wrong with it: a union of all shapes could only say "none of them".
 */
export const isObject = (input: unknown): input is object => typeof input === "object" && input !== null;
