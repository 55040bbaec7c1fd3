import * as v from "valibot";

/** How often one of a kind may do something; a bucket of tokens, `burst` of them, into which they come back. */
const rate = (whose: string, what: string) =>
  v.optional(
    v.strictObject(
      {
        perSecond: v.pipe(
          v.number("must be a number"),
          v.finite("must be finite"),
          v.minValue(0.001, "must be at least 0.001"),
          v.maxValue(1_000_000, "must be at most 1000000"),
          v.description(`${what} that each ${whose} may go on with, in a second; without it there is no such limit`),
        ),
        burst: v.pipe(
          v.number("must be an integer"),
          v.integer("must be an integer"),
          v.minValue(1, "must be at least 1"),
          v.maxValue(1_000_000, "must be at most 1000000"),
          v.description(`${what} that it may begin with, at once`),
        ),
      },
      "must be {perSecond, burst}",
    ),
  );

/** Limits as an operator writes them one by one. */
export const rateLimitSettings = v.strictObject(
  {
    failedAuthorizations: rate("address", "Requests with bad credentials"),
    connects: rate("customer", "Connects"),
    roomCalls: rate("room", "Calls to close, update, ban, unban or send"),
  },
  'must be "generous", "strict" or {failedAuthorizations, connects, roomCalls}',
);

/** Limits that suit most; docs/security/rates.md says why these. */
const PRESETS = {
  generous: {
    failedAuthorizations: { perSecond: 20, burst: 200 },
    connects: { perSecond: 500, burst: 5_000 },
    roomCalls: { perSecond: 20, burst: 100 },
  },
  strict: {
    failedAuthorizations: { perSecond: 1, burst: 20 },
    connects: { perSecond: 50, burst: 500 },
    roomCalls: { perSecond: 2, burst: 20 },
  },
} as const;

const preset = v.picklist(["generous", "strict"], 'must be "generous", "strict" or an object');

/** How often the gateway may be called, whole or one by one; nothing is limited by default. */
export const rateLimits = v.pipe(
  v.lazy((input) => (typeof input === "string" ? preset : rateLimitSettings)),
  v.description(
    "Refuse what comes too often, with 429: limits that suit most by name, or each by itself; none without it",
  ),
  v.transform((limits) => (typeof limits === "string" ? PRESETS[limits] : limits)),
);
