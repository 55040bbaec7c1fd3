import * as v from "valibot";
import { RpcError } from "../errors.ts";

/** Seconds by which a peer's clock may be off, either way. Source: docs/protocol.md, "Tokens". */
export const LEEWAY_SEC = 300;

const AUDIENCE = "gateway";
const MAX_ROOMS = 32;
const MAX_NAME_BYTES = 255;
/** UTF-8 has at most three bytes for each unit of a string, so shorter names need no counting. */
const SURELY_SHORT = MAX_NAME_BYTES / 3;
const LONE_SURROGATE = /\p{Surrogate}/u;

const name = v.pipe(
  v.string("must be a string"),
  v.nonEmpty("must not be empty"),
  v.maxBytes(MAX_NAME_BYTES, "must be at most 255 bytes of UTF-8"),
  v.check((text) => !LONE_SURROGATE.test(text), "must be valid Unicode"),
);
const strings = v.union([v.string(), v.array(v.string())], "must be a string or a list of strings");
const seconds = v.pipe(
  v.number("must be a number of seconds"),
  v.safeInteger("must be an integer of seconds"),
  v.minValue(0, "must not be negative"),
);

const rooms = v.pipe(
  v.union([name, v.array(name)], (issue) => issue.issues?.[0]?.message ?? "must be a room id or a list of them"),
  v.check((rid) => rid.length > 0, "must name at least one room"),
  v.check((rid) => typeof rid === "string" || new Set(rid).size <= MAX_ROOMS, `must name at most ${MAX_ROOMS} rooms`),
);

const claims = {
  rid: rooms,
  uid: name,
  aud: v.optional(
    v.pipe(
      strings,
      v.check((aud) => toList(aud).includes(AUDIENCE), `must include "${AUDIENCE}"`),
    ),
  ),
  sub: v.optional(strings),
  exp: v.optional(seconds),
  nbf: v.optional(seconds),
  internal: v.optional(
    v.pipe(v.custom(isObject, "must be an object"), v.object({ server: v.optional(v.string("must be a string")) })),
  ),
};

/** Claims of customers' tokens, as the contract has them. `hasCustomerClaims` takes exactly what this takes. */
export const customerClaimsSchema = v.pipe(v.custom(isObject, "must be an object"), v.object(claims));
const parseCustomerClaims = v.safeParser(customerClaimsSchema);
const parseServerClaims = v.safeParser(
  v.pipe(v.custom(isObject, "must be an object"), v.object({ ...claims, cid: name, nsp: name })),
);

/** Claims of a token that a customer signed, unknown ones aside. */
export type CustomerClaims = v.InferOutput<v.ObjectSchema<typeof claims, undefined>>;

/** Claims of a token that a server signed: it also says for which customer and namespace. */
export type ServerClaims = CustomerClaims & { readonly cid: string; readonly nsp: string };

/** Checks the claims of a customer's token at `wallMs`; throws `unauthorized` that names the first claim at fault. */
export function checkCustomerClaims(payload: unknown, wallMs: number): CustomerClaims {
  // The schema is for saying what is wrong: every Connect comes by here.
  return checkTimes(hasCustomerClaims(payload) ? payload : accept(parseCustomerClaims(payload)), wallMs);
}

/** Checks the claims of a server's token at `wallMs`; throws `unauthorized` that names the first claim at fault. */
export function checkServerClaims(payload: unknown, wallMs: number): ServerClaims {
  return checkTimes(accept(parseServerClaims(payload)), wallMs);
}

/** Says whether a payload has the claims of a customer's token; a fifth of what the schema costs. */
export function hasCustomerClaims(payload: unknown): payload is CustomerClaims {
  if (!isObject(payload)) return false;
  const { rid, uid, aud, sub, exp, nbf, internal } = payload;
  return (
    isName(uid) &&
    (isName(rid) || (Array.isArray(rid) && rid.length > 0 && rid.every(isName) && new Set(rid).size <= MAX_ROOMS)) &&
    (aud === undefined || aud === AUDIENCE || (isStrings(aud) && aud.includes(AUDIENCE))) &&
    (sub === undefined || typeof sub === "string" || isStrings(sub)) &&
    (exp === undefined || isSeconds(exp)) &&
    (nbf === undefined || isSeconds(nbf)) &&
    (internal === undefined ||
      (isObject(internal) && (internal.server === undefined || typeof internal.server === "string")))
  );
}

function isName(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value !== "" &&
    value.length <= MAX_NAME_BYTES &&
    (value.length <= SURELY_SHORT || Buffer.byteLength(value) <= MAX_NAME_BYTES) &&
    value.isWellFormed()
  );
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string");
}

function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A claim that may be one string or a list, as a list. */
export function toList(claim: string | string[]): string[] {
  return typeof claim === "string" ? [claim] : claim;
}

function accept<T>(
  result: { success: true; output: T } | { success: false; issues: [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]] },
): T {
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  const found = issue.input === undefined ? "is missing" : issue.message;
  throw unauthorized(path === null ? "its claims are not an object" : `claim ${path} ${found}`);
}

function checkTimes<T extends CustomerClaims>(claimSet: T, wallMs: number): T {
  const nowSec = Math.floor(wallMs / 1000);
  const { exp, nbf } = claimSet;
  if (exp !== undefined && nbf !== undefined && exp < nbf) throw unauthorized("claim exp is before nbf");
  if (exp !== undefined && exp + LEEWAY_SEC <= nowSec) throw unauthorized(`it expired ${nowSec - exp} s ago`);
  if (nbf !== undefined && nbf - LEEWAY_SEC > nowSec)
    throw unauthorized(`it is not valid for another ${nbf - nowSec} s`);
  return claimSet;
}

/** The error for a token that cannot be accepted; `reason` completes "invalid token: …". */
export function unauthorized(reason: string, cause?: unknown): RpcError {
  return new RpcError("unauthorized", { message: `invalid token: ${reason}`, cause });
}
