import type { CandidatePlace } from "./candidates.ts";
import { countReservations } from "./reservations.ts";
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
  /** Rooms that are expected to grow. */
  young: number;
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
    young: 0,
    lacking: 0,
    lackingTimesBirth: 0,
    places: [],
  };
}

/** Rooms on the server, and the peers in them: those bound to it, and those it lists although they went elsewhere. */
export function roomsOn({ standing, strays }: Server): { readonly rooms: number; readonly peers: number } {
  let { peers } = standing;
  for (const stray of strays.values()) peers += stray.peers;
  return { rooms: standing.rooms + strays.size, peers };
}

/** Who is on the way to the room, to be taken note of. */
export function trafficOf(room: Room): Traffic {
  room.traffic ??= createTraffic(room, Number.NEGATIVE_INFINITY);
  return room.traffic;
}

/** Lets a room that is new here grow, if it is still young: it was opened at `bornAt` (epoch milliseconds). */
export function letGrow(fleet: Fleet, room: Room, bornAt: number): void {
  const { growthMs } = fleet.policy.placement;
  if (fleet.advancedAt - bornAt >= growthMs) return;
  room.traffic = createTraffic(room, bornAt);
  if (fleet.growsUpAt === Number.POSITIVE_INFINITY) fleet.grownUpTo = room.seq - 1;
  fleet.growsUpAt = Math.min(fleet.growsUpAt, bornAt + growthMs);
}

/** Says whether the room is expected to grow. */
export function isGrowing({ traffic }: Room): boolean {
  return traffic !== undefined && traffic.bornAt > Number.NEGATIVE_INFINITY;
}

function createTraffic({ peers }: Room, bornAt: number): Traffic {
  return {
    bornAt,
    reservations: undefined,
    pending: 0,
    peak: peers,
    updatedAt: 0,
    countedReserved: 0,
    countedPending: 0,
    lacking: 0,
  };
}

/** Brings the standings up to date with the room, which is on the server `to` now, or is no more. */
export function reckon(fleet: Fleet, room: Room, to: Server | undefined): void {
  const { countedOn: from, traffic, peers } = room;
  if (traffic && from) setExpected(from.standing, traffic, 0, 0);
  if (from !== to) {
    if (from) addRoom(from.standing, -1, peers);
    if (to) addRoom(to.standing, 1, peers);
    if (from && isGrowing(room)) countYoung(from.standing, -1);
    if (to && isGrowing(room)) countYoung(to.standing, 1);
    room.countedOn = to;
  }
  if (!traffic || !to) return;
  if (isGrowing(room) && fleet.advancedAt - traffic.bornAt >= fleet.policy.placement.growthMs)
    growUp(fleet, room, traffic, to.standing);
  setExpected(to.standing, traffic, traffic.pending, isGrowing(room) ? lackOf(fleet, room, traffic) : 0);
}

/** Forgets who is on the way to a room that has stopped growing, if nobody is. */
export function dropTrafficIfOver(room: Room): void {
  const { traffic, countedOn } = room;
  if (!traffic || (countedOn && isGrowing(room))) return;
  const { countedReserved, countedPending } = traffic;
  if (countReservations(traffic) + countedReserved + countedPending === 0) room.traffic = undefined;
}

/**
 * Peers by which the server's young rooms are expected to grow: what each lacks, less as it gets older. As that fades on a
 * straight line, two sums tell it at any time, however many rooms there are.
 */
export function growthOf(fleet: Fleet, { standing }: Server, now: number): number {
  const { growthMs } = fleet.policy.placement;
  growUpInTime(fleet, now);
  if (standing.young === 0) return 0;
  return Math.max(0, (standing.lacking * (growthMs - now) + standing.lackingTimesBirth) / growthMs);
}

function addRoom(standing: Standing, sign: 1 | -1, peers: number): void {
  standing.rooms += sign;
  standing.peers += sign * peers;
}

/** Sets how many are on the way to the room, and how many it lacks beyond them, which the server's sums have. */
function setExpected(standing: Standing, traffic: Traffic, pending: number, lacking: number): void {
  standing.pending += pending - traffic.countedPending;
  traffic.countedPending = pending;
  if (lacking === traffic.lacking) return;
  standing.lacking += lacking - traffic.lacking;
  standing.lackingTimesBirth += (lacking - traffic.lacking) * traffic.bornAt;
  traffic.lacking = lacking;
}

function countYoung(standing: Standing, change: 1 | -1): void {
  standing.young += change;
  if (standing.young > 0) return;
  // What rounding has left.
  standing.lacking = 0;
  standing.lackingTimesBirth = 0;
}

/**
 * Peers that the room would still get if all rooms filled evenly while they are young, before that fades with its age: the
 * mean of a Poisson count whose rate has an exponential prior with the mean that is usual for such rooms, given those who
 * came in the time it had. So an empty room is taken for a usual one, one that fills fast for a large one, and one that
 * nobody came to for a small one.
 */
function lackOf(fleet: Fleet, { group, peers }: Room, { bornAt, pending }: Traffic): number {
  const { growthMs, maxGrowth } = fleet.policy.placement;
  const age = (fleet.advancedAt - bornAt) / growthMs;
  // The first one is there, or there would be no room.
  const usual = expectPeers(fleet.roomSizes, group.space.namespace, maxGrowth) - 1;
  return Math.min(maxGrowth, Math.max(1, peers + pending) / (1 / Math.max(usual, MIN_GROWTH) + age));
}

/** Has rooms grow up whose time it is at `now` (epoch milliseconds), in the order of their opening. */
function growUpInTime(fleet: Fleet, now: number): void {
  if (now < fleet.growsUpAt) return;
  fleet.growsUpAt = Number.POSITIVE_INFINITY;
  for (const room of fleet.roomsBySeq.after(fleet.grownUpTo)) {
    const { traffic, countedOn, seq } = room;
    if (traffic && countedOn && isGrowing(room)) {
      fleet.growsUpAt = traffic.bornAt + fleet.policy.placement.growthMs;
      if (now < fleet.growsUpAt) return;
      growUp(fleet, room, traffic, countedOn.standing);
      dropTrafficIfOver(room);
    }
    fleet.grownUpTo = seq;
  }
  fleet.growsUpAt = Number.POSITIVE_INFINITY;
}

/** The room has reached the size that it will have, and others are expected to be like it. */
function growUp(fleet: Fleet, room: Room, traffic: Traffic, standing: Standing): void {
  learnRoomSize(fleet.roomSizes, room.group.space.namespace, Math.max(1, traffic.peak));
  setExpected(standing, traffic, traffic.countedPending, 0);
  traffic.bornAt = Number.NEGATIVE_INFINITY;
  countYoung(standing, -1);
}
