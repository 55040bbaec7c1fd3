import type { Column, Row } from "./table.ts";

const text = (title: string, key: string): Column => ({ title, from: (row) => row[key] });
const number = (title: string, key: string): Column => ({ title, from: (row) => row[key], isNumber: true });
const percent = (title: string, key: string): Column => ({
  title,
  from: (row) => (typeof row[key] === "number" ? `${(row[key] * 100).toFixed(1)} %` : undefined),
  isNumber: true,
});
const ofLimit = (title: string, used: (row: Row) => unknown, limit: string): Column => ({
  title,
  from: (row) => `${used(row)}${typeof row[limit] === "number" ? ` / ${row[limit]}` : ""}`,
  isNumber: true,
});

/** How long a server still drains, if it is not for ever: to the next full second or minute, or hour where there are many. */
function toDraining(draining: unknown): string {
  const { leftMs } = typeof draining === "object" && draining !== null && "leftMs" in draining ? draining : {};
  if (typeof leftMs !== "number") return "draining";
  const sec = Math.ceil(leftMs / 1_000);
  if (sec === 0) return "draining, time is up";
  if (sec < 120) return `draining, ${sec} s left`;
  return sec < 7_200 ? `draining, ${Math.ceil(sec / 60)} min left` : `draining, ${Math.ceil(sec / 3_600)} h left`;
}

/** When something went wrong last, and how. */
function toError(error: unknown): string {
  const { at, reason } = typeof error === "object" && error !== null && "at" in error && "reason" in error ? error : {};
  return reason === undefined ? "" : `${at} ${reason}`;
}

/** So many entries of a list are shown in a table: a reload of the config may have changed fifty settings. */
const MAX_LISTED = 3;

/** An object whose long lists are cut. */
function toShortLists(params: unknown): unknown {
  if (typeof params !== "object" || params === null) return params;
  const shorten = (value: unknown) =>
    Array.isArray(value) && value.length > MAX_LISTED + 1
      ? [...value.slice(0, MAX_LISTED), `and ${value.length - MAX_LISTED} more`]
      : value;
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, shorten(value)]));
}

/** Columns of `servers`. */
export const SERVERS: readonly Column[] = [
  text("SERVER", "endpoint"),
  text("POOL", "pool"),
  { title: "STATE", from: ({ state, draining }) => (state === "draining" ? toDraining(draining) : state) },
  percent("LOAD", "load"),
  percent("ESTIMATE", "estimate"),
  number("CLIENTS", "clients"),
  number("ROOMS", "rooms"),
  number("PEERS", "peers"),
  number("TASKS", "tasks"),
  { title: "REPORT", from: ({ reportAgeMs }) => `${Math.round(Number(reportAgeMs) / 1000)} s ago`, isNumber: true },
  { title: "TAGS", from: ({ tags }) => (Array.isArray(tags) ? tags.join(",") : "") },
];

/** Columns of `rooms`. */
export const ROOMS: readonly Column[] = [
  text("ROOM", "name"),
  text("NAMESPACE", "namespace"),
  text("CUSTOMER", "customer"),
  text("SERVER", "server"),
  text("POOL", "pool"),
  number("PEERS", "peers"),
  text("UPDATED", "updated"),
];

/** Columns of `usage`. */
export const USAGE: readonly Column[] = [
  text("CUSTOMER", "customer"),
  ofLimit("SLOTS", ({ peers, reserved }) => Number(peers) + Number(reserved), "maxPeers"),
  number("RESERVED", "reserved"),
  ofLimit("ROOMS", ({ rooms }) => rooms, "maxRooms"),
  ofLimit("BANS", ({ bans }) => bans, "maxBans"),
];

/** Columns of `bans`. */
export const BANS: readonly Column[] = [
  text("NAMESPACE", "namespace"),
  text("ROOM", "room_id"),
  { title: "USER", from: ({ user_id: user = "(everybody)" }) => user },
  text("CUSTOMER", "customer"),
  text("UNTIL", "until"),
];

/** Columns of `audit`. */
export const AUDIT: readonly Column[] = [
  text("AT", "at"),
  { title: "WHO", from: ({ customer, user, trigger }) => [customer, user ?? trigger].filter(Boolean).join("/") },
  text("METHOD", "method"),
  text("RESULT", "result"),
  { title: "PARAMS", from: ({ params }) => toShortLists(params) },
  text("REQUEST", "requestId"),
];

/** Columns of `webhooks`. */
export const WEBHOOKS: readonly Column[] = [
  text("WEBHOOK", "webhook"),
  number("WAITING", "waiting"),
  text("OLDEST", "oldest"),
  text("LAST SUCCESS", "lastSuccess"),
  { title: "LAST ERROR", from: ({ lastError }) => toError(lastError) },
  { title: "EVENTS", from: ({ events }) => (Array.isArray(events) ? events.join(",") : "") },
];

/** Columns of `explain`. */
export const CANDIDATES: readonly Column[] = [
  text("SERVER", "endpoint"),
  percent("LOAD", "reportedLoad"),
  percent("ESTIMATE", "estimate"),
  percent("LIMIT", "limit"),
  number("CLIENTS", "clients"),
  number("PENDING", "pending"),
  { title: "WEIGHT", from: ({ weight }) => Number(weight).toFixed(3), isNumber: true },
  text("LEFT OUT", "leftOut"),
];
