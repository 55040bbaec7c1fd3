import { RpcError } from "../errors.ts";
import { advance } from "./advance.ts";
import { type ActiveBan, findBan } from "./bans.ts";
import { carriesAll, isCandidate, refreshCandidate } from "./candidates.ts";
import { hostOf } from "./drain.ts";
import { toCandidateView } from "./explain.ts";
import { hashTag, toServerId } from "./ids.ts";
import { pickServer } from "./placement.ts";
import { findReservation } from "./reservations.ts";
import type { Group } from "./room.ts";
import { attributeRoom, bindGroup, findStray, keepBinding, moveGroup, openRoom } from "./rooms.ts";
import { pendingTimeout, reservationTimeout } from "./servers.ts";
import { findGroup, findRoomIn } from "./spaces.ts";
import { trafficOf } from "./standing.ts";
import type { Fleet, Server } from "./state.ts";
import { checkCustomerPlace, recount, reserve } from "./usage.ts";

/** A client that asks to join rooms. */
export interface AdmitRequest {
  readonly pool: string;
  readonly namespace: string;
  readonly customer: string;
  readonly limits: { readonly maxPeers: number; readonly maxRooms: number };
  readonly user: string;
  /** At least one; all share a hash tag. */
  readonly rooms: readonly string[];
  /** Endpoint to use for rooms that have no live server. */
  readonly preferredServer: string | undefined;
  /** Tags that a server chosen for new rooms has to carry, all of them. */
  readonly tags: readonly string[];
}

/** Where the client goes, and into which of the rooms it asked for. */
export interface Admission {
  readonly endpoint: string;
  readonly rooms: readonly string[];
  /** Ids of the keys that the server was given, newest first; undefined if it was not us who gave it any. */
  readonly keys: readonly string[] | undefined;
}

/**
 * Admits a client: to the server that hosts its rooms, else to one that is chosen now and bound to them.
 * Each room takes a peer slot unless the user already holds one there, and a room slot if it is not hosted: all or none.
 * Throws `invalidParams` (no common hash tag), `roomClosed`, `userBanned`, `peerLimit`, `roomLimit`, `noServer` or
 * `tooManyRequests`, and then nothing has changed. `now` is in epoch milliseconds.
 */
export function admit(fleet: Fleet, request: AdmitRequest, now: number): Admission {
  advance(fleet, now);
  checkHashTags(request.rooms);
  const allowed = takeOutBanned(fleet, request, now);
  const { server, group } = proposeServer(fleet, request, now);
  checkLimits(fleet, allowed, group, server);
  return acceptAdmission(fleet, allowed, server, now);
}

/**
 * The server that a client would be admitted to, and the group of its rooms if that is bound already; changes nothing.
 * Throws `invalidParams` (no common hash tag), `noServer` or `tooManyRequests`.
 */
export function proposeServer(
  fleet: Fleet,
  request: AdmitRequest,
  now: number,
): { readonly server: Server; readonly group: Group | undefined } {
  const { pool, namespace, customer, rooms } = request;
  checkHashTags(rooms);
  const group = findGroup(fleet, pool, namespace, rooms[0] ?? "");
  const server = hostOf(group, now) ?? chooseServer(fleet, request, now);
  checkCustomerPlace(fleet, customer);
  return { server, group };
}

/**
 * Admits a client to the server, whatever bans and limits say: its rooms are bound there, and hold a slot for the user. If they
 * were bound elsewhere, `tokensAreVoid` says whether the tokens for there are; by default, if that server is silent.
 */
export function acceptAdmission(
  fleet: Fleet,
  request: Pick<AdmitRequest, "pool" | "namespace" | "customer" | "user" | "rooms" | "tags">,
  server: Server,
  now: number,
  tokensAreVoid?: boolean,
): Admission {
  const { pool, namespace, customer, user, rooms, tags } = request;
  const tag = hashTag(rooms[0] ?? "");
  const group = findGroup(fleet, pool, namespace, tag);
  if (group?.server !== server)
    fleet.events.push({ type: "room.placed", pool, chosen: toCandidateView(fleet, server, tags, now) });

  const bound = group ?? bindGroup(fleet, { namespace, tag }, server);
  if (bound.server !== server) {
    fleet.events.push({ type: "rooms.moved", pool, from: bound.server.endpoint, to: server.endpoint, groups: 1 });
    moveGroup(fleet, bound, server, tokensAreVoid);
  }
  const expiresAt = now + reservationTimeout(fleet, server);
  const loadUntil = now + pendingTimeout(fleet, server);
  for (const name of rooms) {
    const room = openRoom(fleet, bound, { name, customer }, now);
    attributeRoom(fleet, room, customer);
    reserve(fleet, room, user, expiresAt, loadUntil);
    trafficOf(room).updatedAt = now;
    recount(fleet, room);
  }
  refreshCandidate(fleet, server, now);
  keepBinding(fleet, bound, now + fleet.policy.tokenUsableMs);
  return { endpoint: server.endpoint, rooms, keys: server.keys };
}

/** Throws `invalidParams` unless all rooms share a hash tag. */
function checkHashTags(rooms: readonly string[]): void {
  if (rooms.length <= 1 || new Set(rooms.map(hashTag)).size === 1) return;
  throw new RpcError("invalidParams", {
    message:
      "the rooms of the token must share a hash tag, such as {match-7}red and {match-7}blue, to be on one server",
    data: { issues: [{ path: "token.rid", message: "the rooms do not share a hash tag" }] },
  });
}

/** The request without rooms that the user is banned from; throws if none is left, with the time at which the first opens again. */
function takeOutBanned(fleet: Fleet, request: AdmitRequest, now: number): AdmitRequest {
  if (fleet.bans.size === 0) return request;
  const { namespace, user, rooms } = request;
  let soonest: ActiveBan | undefined;
  const open = rooms.filter((room) => {
    const ban = findBan(fleet, namespace, room, user, now);
    if (ban && (soonest === undefined || ban.untilMs < soonest.untilMs)) soonest = ban;
    return ban === undefined;
  });
  if (open.length === 0 && soonest) throw toBanError(soonest);
  return { ...request, rooms: open };
}

/** The error that tells of a ban. */
export function toBanError({ scope, untilMs: exactMs }: ActiveBan): RpcError {
  const untilMs = Math.ceil(exactMs);
  const until = new Date(untilMs).toISOString();
  return scope === "room"
    ? new RpcError("roomClosed", { message: `room is closed until ${until}`, data: { untilMs } })
    : new RpcError("userBanned", { message: `user is banned until ${until}`, data: { untilMs } });
}

/** Counts what the rooms need on the server they would be on: a room that is not hosted there now may have peers there. */
function checkLimits(
  fleet: Fleet,
  { namespace, customer, limits, user, rooms: names }: AdmitRequest,
  group: Group | undefined,
  server: Server,
): void {
  let peers = 0;
  let rooms = 0;
  for (const name of names) {
    const room = group?.server === server ? findRoomIn(group, name) : undefined;
    if (room) {
      if (!room.traffic || !findReservation(room.traffic, user)) peers++;
    } else {
      rooms++;
      peers += 1 + (findStray(server, namespace, name)?.peers ?? 0);
    }
  }
  const usage = fleet.usages.get(customer);
  if (peers > 0 && (usage?.peers ?? 0) + (usage?.reserved ?? 0) + peers > limits.maxPeers)
    throw new RpcError("peerLimit");
  if (rooms > 0 && (usage?.rooms ?? 0) + rooms > limits.maxRooms) throw new RpcError("roomLimit");
}

function chooseServer(fleet: Fleet, request: AdmitRequest, now: number): Server {
  const { pool, preferredServer, tags } = request;
  const preferred = preferredServer === undefined ? undefined : fleet.servers.get(toServerId(pool, preferredServer));
  if (preferred && isCandidate(preferred) && carriesAll(preferred, tags)) return preferred;
  const server = pickServer(fleet, request, now);
  if (!server) {
    throw new RpcError("noServer", {
      data: { retryAfterSec: Math.max(1, Math.ceil(fleet.policy.updateIntervalMs / 1000)) },
    });
  }
  return server;
}
