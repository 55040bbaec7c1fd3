import * as v from "valibot";
import type { RpcError } from "../errors.ts";
import { isName } from "../fleet/ids.ts";
import type { ReportedRoom } from "../fleet/report.ts";
import { toParamsError } from "./method.ts";

/** Most peers of a room, and clients of a server, that anybody is believed. */
export const MAX_PEERS = 1_000_000;

/** Nothing that runs is older: ten years of 365 days. */
const MAX_AGE_SEC = 10 * 365 * 86_400;
const MAX_NANOS = 999_999_999;

const upTo = (max: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(max));
const roomName = v.pipe(
  v.string(),
  v.check((text) => isName(text)),
);

/** A room in a report, as the contract has it. The loop below takes exactly what this takes, at a tenth of the cost. */
export const reportedRoomSchema = v.object({
  id: v.strictTuple([roomName, roomName]),
  customer: roomName,
  age: v.object({ secs: upTo(MAX_AGE_SEC), nanos: upTo(MAX_NANOS) }),
  peers: upTo(MAX_PEERS),
});

/** Reads the rooms of a report; throws `invalidParams` that names the first one at fault. */
export function parseReportedRooms(rooms: readonly unknown[], maxRooms: number): ReportedRoom[] {
  if (rooms.length > maxRooms) throw invalidRooms("rooms", `must be at most ${maxRooms} rooms, found ${rooms.length}`);
  return rooms.map(parseRoom);
}

/**
 * The rooms as those of the customers who own their namespaces, whatever the server says; its word counts where nobody does.
 * Most reports have the rooms of few namespaces, one after the other.
 */
export function attributeRooms(
  rooms: readonly ReportedRoom[],
  findOwner: (namespace: string) => string | undefined,
): readonly ReportedRoom[] {
  let namespace: string | undefined;
  let owner: string | undefined;
  const toCustomer = (room: ReportedRoom) => {
    if (room.namespace !== namespace) {
      namespace = room.namespace;
      owner = findOwner(namespace);
    }
    return owner ?? room.customer;
  };
  if (rooms.every((room) => toCustomer(room) === room.customer)) return rooms;
  return rooms.map((room) => ({ ...room, customer: toCustomer(room) }));
}

function parseRoom(room: unknown, index: number): ReportedRoom {
  if (!isObject(room)) throw invalidRooms(`rooms.${index}`, "must be an object");
  const { id, customer, age, peers } = room;
  if (!Array.isArray(id) || id.length !== 2) throw invalidRooms(`rooms.${index}.id`, "must be [namespace, name]");
  const [namespace, name] = id;
  if (!isName(namespace) || !isName(name))
    throw invalidRooms(`rooms.${index}.id`, "must be two texts of 1 to 255 bytes of UTF-8");
  if (!isName(customer)) throw invalidRooms(`rooms.${index}.customer`, "must be 1 to 255 bytes of UTF-8");
  if (!isObject(age) || !isUpTo(age.secs, MAX_AGE_SEC) || !isUpTo(age.nanos, MAX_NANOS)) {
    const message = `must be {secs, nanos}, integers from 0 to ${MAX_AGE_SEC}, which is ten years, and to ${MAX_NANOS}`;
    throw invalidRooms(`rooms.${index}.age`, message);
  }
  if (!isUpTo(peers, MAX_PEERS))
    throw invalidRooms(`rooms.${index}.peers`, `must be an integer from 0 to ${MAX_PEERS}`);
  return { namespace, name, customer, peers, ageMs: age.secs * 1000 + age.nanos / 1e6 };
}

function isUpTo(value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalidRooms(path: string, message: string): RpcError {
  return toParamsError([{ path, message }]);
}
