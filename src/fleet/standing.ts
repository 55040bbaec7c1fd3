import type { CandidatePlace } from "./candidates.ts";
import { expectPeers, learnRoomSize } from "./room-sizes.ts";
import type { Fleet, Room, Server } from "./state.ts";

/** What placement knows of a server beyond its reports; sums over its rooms are kept up to date by `reckon`. */
export interface Standing {
  /** Since when (epoch milliseconds) it has got new rooms without a break. */
  since: number;
  /** Too loaded for new rooms. */
  isOut: boolean;
  rooms: number;
  peers: number;
  /** Tokens for its rooms that no report shows, as far as they count as load. */
  pending: number;
  /** Clients in the last report. */
  shownClients: number | undefined;
  /** By how many more than in the one before, or fewer, as far as the load is expected not to show it yet. */
  residue: number;
  /** Load per client here, a moving average; undefined until there were enough clients to tell. */
  ownCost: number | undefined;
  /** Clients on whom that average stands, over all reports. */
  costClients: number;
  /** What it adds to its pool's sums. */
  counted: { readonly load: number; readonly clients: number };
  /** Rooms that are expected to grow, oldest first. */
  readonly young: Set<Room>;
  /** Sum, over them, of the peers that each still lacks, and of those times the room's birth. */
  lacking: number;
  lackingTimesBirth: number;
  /** Where it stands among the candidates of its pool. */
  readonly places: CandidatePlace[];
}

/** What one room adds to its server's standing. */
export interface Reckoned {
  readonly server: Server | undefined;
  readonly peers: number;
  readonly pending: number;
  readonly lacking: number;
}

/** Peers beyond the first that even the smallest rooms are expected to get. */
const MIN_GROWTH = 0.1;

/** What a room adds that is not there yet. */
export const NOT_RECKONED: Reckoned = { server: undefined, peers: 0, pending: 0, lacking: 0 };

/** Creates the standing of a server of which nothing is known. */
export function createStanding(): Standing {
  return {
    since: 0,
    isOut: false,
    rooms: 0,
    peers: 0,
    pending: 0,
    shownClients: undefined,
    residue: 0,
    ownCost: undefined,
    costClients: 0,
    counted: { load: 0, clients: 0 },
    young: new Set(),
    lacking: 0,
    lackingTimesBirth: 0,
    places: [],
  };
}

/** Brings the standing of the room's server up to date with the room, which may have come from another one. */
export function reckon(fleet: Fleet, room: Room, hosted: boolean): void {
  const { server: before } = room.reckoned;
  const server = hosted ? room.group.server : undefined;
  if (before) add(before.standing, room, room.reckoned, -1);
  room.reckoned = NOT_RECKONED;
  if (before && before !== server) before.standing.young.delete(room);
  if (server === undefined) return;
  const { peers, pending } = room;
  const lacking = isYoung(fleet, room, server.standing, before !== server) ? lackOf(fleet, room) : 0;
  room.reckoned = { server, peers, pending, lacking };
  add(server.standing, room, room.reckoned, 1);
}

/**
 * Peers by which the server's young rooms are expected to grow: what each lacks, less as it gets older. As that fades on a
 * straight line, two sums tell it at any time, however many rooms there are.
 */
export function growthOf(fleet: Fleet, { standing }: Server, now: number): number {
  const { growthMs } = fleet.policy.placement;
  for (const room of standing.young) {
    if (now - room.bornAt < growthMs) break;
    growUp(fleet, room, standing);
  }
  if (standing.young.size === 0) return 0;
  return Math.max(0, (standing.lacking * (growthMs - now) + standing.lackingTimesBirth) / growthMs);
}

function add(standing: Standing, room: Room, { peers, pending, lacking }: Reckoned, sign: 1 | -1): void {
  standing.rooms += sign;
  standing.peers += sign * peers;
  standing.pending += sign * pending;
  if (lacking === 0) return;
  standing.lacking += sign * lacking;
  standing.lackingTimesBirth += sign * lacking * room.bornAt;
}

function isYoung(fleet: Fleet, room: Room, standing: Standing, isNew: boolean): boolean {
  const inTime = fleet.advancedAt - room.bornAt < fleet.policy.placement.growthMs;
  if (inTime && isNew) standing.young.add(room);
  else if (!inTime && standing.young.has(room)) growUp(fleet, room, standing);
  return inTime && standing.young.has(room);
}

/**
 * Peers that the room would still get if all rooms filled evenly while they are young, before that fades with its age: the
 * mean of a Poisson count whose rate has an exponential prior with the mean that is usual for such rooms, given those who
 * came in the time it had. So an empty room is taken for a usual one, one that fills fast for a large one, and one that
 * nobody came to for a small one.
 */
function lackOf(fleet: Fleet, { group, peers, pending, bornAt }: Room): number {
  const { growthMs, maxGrowth } = fleet.policy.placement;
  const age = (fleet.advancedAt - bornAt) / growthMs;
  // The first one is there, or there would be no room.
  const usual = expectPeers(fleet.roomSizes, group.namespace, maxGrowth) - 1;
  return Math.min(maxGrowth, Math.max(1, peers + pending) / (1 / Math.max(usual, MIN_GROWTH) + age));
}

/** The room has reached the size that it will have, and others are expected to be like it. */
function growUp(fleet: Fleet, room: Room, standing: Standing): void {
  standing.young.delete(room);
  learnRoomSize(fleet.roomSizes, room.group.namespace, Math.max(1, room.peak));
  if (room.reckoned.lacking === 0 || room.reckoned.server?.standing !== standing) return;
  add(standing, room, room.reckoned, -1);
  room.reckoned = { ...room.reckoned, lacking: 0 };
  add(standing, room, room.reckoned, 1);
}
