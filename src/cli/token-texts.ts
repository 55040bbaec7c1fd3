import { LEEWAY_SEC, toList } from "../auth/claims.ts";
import { toCell } from "./table.ts";

const CONNECT = "connect";
/** The latest time that a Date can hold, in seconds since 1970 (ECMA-262, "Time Values"). */
const MAX_SEC = 8.64e12;

/** Lines that say when a token begins and ends, as far as its claims do. */
export function toTimeLines(claims: unknown, wallMs: number): string[] {
  const { nbf, exp } = typeof claims === "object" && claims !== null ? toTimes(claims) : {};
  const nowSec = Math.floor(wallMs / 1000);
  return [
    ...(isTime(nbf)
      ? [`begins  ${toIso(nbf)}, ${nbf > nowSec ? toEarly(nbf - nowSec) : `${nowSec - nbf} s ago`}`]
      : []),
    ...(isTime(exp) ? [`ends    ${toIso(exp)}, ${exp > nowSec ? `in ${exp - nowSec} s` : toLate(nowSec - exp)}`] : []),
  ];
}

/** The methods that a token with this `sub` covers, in words; of those a server signed, only `Connect` counts. */
export function toCover(sub: string | string[] | undefined, signer: "customer" | "server"): string {
  const named = sub === undefined ? undefined : [...new Set(toList(sub).map((method) => method.toLowerCase()))];
  if (signer === "customer" && named === undefined) return "covers every method";
  const covered = signer === "customer" ? (named ?? []) : (named ?? [CONNECT]).filter((method) => method === CONNECT);
  const list = covered.length === 0 ? "covers no method" : `covers ${toCell(covered.join(", "))} only`;
  return covered.includes(CONNECT) ? list : `${list}: Connect would be refused`;
}

function toTimes(claims: object): { nbf?: unknown; exp?: unknown } {
  return claims;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= MAX_SEC;
}

function toIso(sec: number): string {
  return new Date(sec * 1000).toISOString();
}

function toEarly(sec: number): string {
  return sec <= LEEWAY_SEC ? `in ${sec} s, already within the tolerance of ${LEEWAY_SEC} s` : `in ${sec} s`;
}

function toLate(sec: number): string {
  return sec < LEEWAY_SEC ? `ended ${sec} s ago, still within the tolerance of ${LEEWAY_SEC} s` : `ended ${sec} s ago`;
}
