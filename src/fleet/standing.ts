import type { CandidatePlace } from "./candidates.ts";
import type { Room, Traffic } from "./room.ts";
import { expectPeers, learnRoomSize } from "./room-sizes.ts";
import type { Fleet, Server } from "./state.ts";

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

/** Peers beyond the first that even the smallest rooms are expected to get. */
const MIN_GROWTH = 0.1;

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

/** Who is on the way to the room, to be taken note of. */
export function trafficOf(room: Room): Traffic {
  room.traffic ??= {
    reservations: new Map(),
    pending: 0,
    peak: room.peers,
    updatedAt: 0,
    countedReserved: 0,
    countedPending: 0,
    lacking: 0,
  };
  return room.traffic;
}

/** Brings the standing of the room's server up to date with the room, which may have come from another one. */
export function reckon(fleet: Fleet, room: Room, hosted: boolean): void {
  const { countedOn: before, traffic } = room;
  const server = hosted ? room.group.server : undefined;
  if (before) {
    before.standing.rooms--;
    before.standing.peers -= room.countedPeers;
    if (traffic) {
      before.standing.pending -= traffic.countedPending;
      traffic.countedPending = 0;
    }
    setLacking(before.standing, room, 0);
    if (before !== server) before.standing.young.delete(room);
  }
  room.countedOn = server;
  room.countedPeers = room.peers;
  if (server === undefined) return;
  server.standing.rooms++;
  server.standing.peers += room.peers;
  const isGrowing = isYoung(fleet, room, server.standing, before !== server);
  if (!traffic && !isGrowing) return;
  const own = trafficOf(room);
  server.standing.pending += own.pending;
  own.countedPending = own.pending;
  if (isGrowing) setLacking(server.standing, room, lackOf(fleet, room));
  else dropTrafficIfOver(room);
}

/** Forgets who is on the way to a room that has stopped growing, if nobody is. */
function dropTrafficIfOver(room: Room): void {
  const { reservations, countedReserved, countedPending } = trafficOf(room);
  if (reservations.size + countedReserved + countedPending === 0) room.traffic = undefined;
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

/** Sets how many peers the room lacks, which the server's sums have. */
function setLacking(standing: Standing, room: Room, lacking: number): void {
  const before = room.traffic?.lacking ?? 0;
  if (before === lacking) return;
  trafficOf(room).lacking = lacking;
  standing.lacking += lacking - before;
  standing.lackingTimesBirth += (lacking - before) * room.bornAt;
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
function lackOf(fleet: Fleet, { group, peers, traffic, bornAt }: Room): number {
  const { growthMs, maxGrowth } = fleet.policy.placement;
  const age = (fleet.advancedAt - bornAt) / growthMs;
  // The first one is there, or there would be no room.
  const usual = expectPeers(fleet.roomSizes, group.space.namespace, maxGrowth) - 1;
  const coming = traffic?.pending ?? 0;
  return Math.min(maxGrowth, Math.max(1, peers + coming) / (1 / Math.max(usual, MIN_GROWTH) + age));
}

/** The room has reached the size that it will have, and others are expected to be like it. */
function growUp(fleet: Fleet, room: Room, standing: Standing): void {
  standing.young.delete(room);
  const { peak } = trafficOf(room);
  learnRoomSize(fleet.roomSizes, room.group.space.namespace, Math.max(1, peak));
  if (room.countedOn?.standing === standing) setLacking(standing, room, 0);
  dropTrafficIfOver(room);
}
