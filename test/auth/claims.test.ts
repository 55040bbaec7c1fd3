import { expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { customerClaimsSchema, hasCustomerClaims } from "../../src/auth/claims.ts";

const name = fc.oneof(
  fc.constantFrom("a", "", "ä".repeat(127), "ä".repeat(128), "x".repeat(255), "x".repeat(256), "\ud800", "😀"),
  fc.string(),
);
const odd = fc.constantFrom<unknown>(null, true, 7, {}, [], "", [1], [["a"]]);
const rooms = fc.oneof(
  name,
  fc.array(name, { maxLength: 3 }),
  fc.integer({ min: 30, max: 35 }).map((count) => Array.from({ length: count }, (_, i) => `r${i}`)),
  fc.constant(Array(40).fill("a")),
  odd,
);
const strings = fc.oneof(fc.constantFrom("gateway", "sfu", "connect"), fc.array(fc.constantFrom("gateway", "x")), odd);
const seconds = fc.oneof(fc.nat(), fc.integer(), fc.double(), fc.constantFrom(2 ** 53 - 1, 2 ** 53, 1e300), odd);
const internal = fc.oneof(
  fc.constant({}),
  fc.record({ server: fc.oneof(fc.string(), odd) }, { requiredKeys: [] }),
  odd,
);
const claims = fc.record(
  { rid: rooms, uid: fc.oneof(name, odd), aud: strings, sub: strings, exp: seconds, nbf: seconds, internal, more: odd },
  { requiredKeys: [] },
);

test("the quick look at a customer's claims takes exactly what the schema takes", () => {
  let taken = 0;
  const likely = fc.record({
    rid: fc.constant("a"),
    uid: fc.constant("u"),
    aud: strings,
    sub: strings,
    exp: seconds,
    internal,
  });
  fc.assert(
    fc.property(fc.oneof(likely, claims, fc.anything()), (payload) => {
      const { success } = v.safeParse(customerClaimsSchema, payload);
      taken += Number(success);
      expect(hasCustomerClaims(payload)).toBe(success);
    }),
    { numRuns: 5_000 },
  );
  expect(taken).toBeGreaterThan(50);
});
