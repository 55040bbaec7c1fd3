import { type Ban, isInForce, type RoomBans } from "./ban.ts";
import type { PoolCandidates } from "./candidates.ts";
import { type Changes, createChanges, type Touched } from "./changes.ts";
import { createDeadlines, type Deadlines } from "./deadlines.ts";
import type { FleetEvent } from "./events.ts";
import { createGroupIndex, type GroupIndex } from "./group-index.ts";
import type { RoomKey, RoomName, ServerId } from "./ids.ts";
import { createNotedGroups, type NotedGroups } from "./noted-groups.ts";
import type { PagedList } from "./paged-list.ts";
import type { PlacementPolicy } from "./placement-policy.ts";
import { type Group, type IssuedTokens, isHosted, type Reservation, type Room, type Space } from "./room.ts";
import { createRoomSizes, type RoomSizes } from "./room-sizes.ts";
import { createSequence, type Sequence } from "./sequence.ts";
import type { Standing } from "./standing.ts";
import type { TaskQueue } from "./tasks.ts";

/**
 * Settings of the fleet, all times in milliseconds.
 * `reservationTimeoutMs` is a floor: it is longer for servers that report less often.
 */
export interface FleetPolicy {
  readonly pools: readonly string[];
  /** Interval at which servers are told to report. */
  readonly updateIntervalMs: number;
  /** Silence after which a server gets no new rooms. */
  readonly disableTimeoutMs: number;
  /** Silence after which a server is forgotten. */
  readonly removeTimeoutMs: number;
  /** How long an issued token holds its peer slot while no report shows the peer. */
  readonly reservationTimeoutMs: number;
  /** How long an issued token can be used, leeway included: for so long its room stays where it is. */
  readonly tokenUsableMs: number;
  readonly maxQueuedTasks: number;
  readonly maxQueuedBytes: number;
  readonly maxBansPerCustomer: number;
  readonly maxUnverifiedCustomers: number;
  /** Customers whose id begins so are vouched for by nobody. */
  readonly unverifiedPrefix: string;
  /** A gap between two transitions that is longer was our own silence, and no server's. */
  readonly stallMs: number;
  readonly placement: PlacementPolicy;
}

/** Capacity that a server's own config states; a missing number is no limit. */
export interface ServerCapacity {
  readonly maxClients?: number | undefined;
  readonly maxRooms?: number | undefined;
  readonly maxPeers?: number | undefined;
}

/**
 * `registered`: asked for its config, has not reported yet, and is known to nobody but us.
 * `enabled`: reports, and gets rooms. `disabled`: has fallen silent, and gets none.
 * `keyless`: reports, but holds no key that is in force, so that no client could join: gets none either.
 */
export type ServerPhase = "registered" | "enabled" | "disabled" | "keyless";

/** A room that a server's last report lists although it is bound to another one, or to none. */
export interface Stray {
  readonly name: string;
  readonly peers: number;
  /** The server's report that listed it. */
  readonly listedIn: number;
}

/** A server (SFU) of one pool. */
export interface Server {
  readonly kind: "server";
  readonly id: ServerId;
  readonly pool: string;
  /** Public address, `host:port`, that clients are sent to. */
  readonly endpoint: string;
  phase: ServerPhase;
  /** Whether its rooms count in their customers' usage. */
  inUse: boolean;
  version: string;
  capacity: ServerCapacity;
  /** Tags that placement goes by: its own, and those of the user as whom it calls. */
  tags: readonly string[];
  /** Tags of its own config. */
  ownTags: readonly string[];
  /** Ids of the keys that this server was given, newest first; undefined if it was not us who gave it any. */
  keys: readonly string[] | undefined;
  /** The interval that this server was told to report at. */
  reportIntervalMs: number;
  /** Whether this server has been seen to keep a connection from one report to the next. */
  keepsConnections: boolean;
  readonly firstSeenAt: number;
  lastSeenAt: number;
  load: number;
  clients: number;
  /** What placement knows of it beyond its reports. */
  readonly standing: Standing;
  /** Until when (epoch milliseconds) a token that leads there can be used. */
  tokensUntil: number;
  /** Set while it gets no new rooms; from `deadline` (epoch milliseconds) on, those it has are closed. */
  draining: { readonly deadline?: number } | undefined;
  /** Whether it was said that it drains and is empty. */
  isEmptied: boolean;
  /** Number of its last report, which begins at 1. */
  reports: number;
  /** What that report listed. */
  listed: { readonly rooms: number; readonly peers: number };
  /** Peers that it showed for the first time, and how many of them had a token of ours. */
  shown: { readonly joins: number; readonly seen: number };
  /** Rooms in the order of that report: where to look first when the next one comes. They may be anywhere by now. */
  readonly order: (Room | undefined)[];
  /** Rooms of that report that are not bound to this server. */
  readonly strays: Map<RoomKey, Stray>;
  /** Groups bound to this server, each at its `slot`. */
  readonly groups: PagedList<Group>;
  readonly queue: TaskQueue;
  silenceReported: boolean;
  /** When the soonest valid entry in the heap of deadlines is due; others of this server are out of date. */
  scheduledFor: number;
}

/** What a customer uses over all pools: rooms bound to enabled servers, and nothing else. */
export interface Usage {
  readonly customer: string;
  peers: number;
  reserved: number;
  rooms: number;
  bans: number;
  /** Rooms that exist, counted or not: the record lives as long as there are any, or bans. */
  hosted: number;
}

/** Everything that ends by itself. Deadlines are checked again when they fall due, as most have moved by then. */
export type Expiring = Server | IssuedTokens | Reservation | Ban;

/** The whole state. Only the transitions of this folder change it. */
export interface Fleet {
  policy: FleetPolicy;
  /** Says whether a server holds a key that is in force. */
  holdsKey: KeyCheck;
  readonly random: () => number;
  readonly servers: Map<ServerId, Server>;
  /** By pool: the servers that get rooms. */
  readonly enabled: Map<string, Set<Server>>;
  /** By pool: those of them among which new rooms are placed. */
  readonly candidates: Map<string, PoolCandidates>;
  readonly roomSizes: RoomSizes;
  /** By pool and namespace. */
  readonly spaces: Map<string, Map<string, Space>>;
  readonly groups: GroupIndex;
  roomCount: number;
  readonly usages: Map<string, Usage>;
  readonly bans: Map<RoomName, RoomBans>;
  /** The same rooms and bans, to be listed page by page. */
  readonly roomsBySeq: Sequence<Room>;
  /** Rooms with a `seq` up to this one have stopped growing; of all others none does before `growsUpAt` (epoch milliseconds). */
  grownUpTo: number;
  growsUpAt: number;
  readonly bansBySeq: Sequence<Ban>;
  readonly deadlines: Deadlines<Expiring>;
  unverifiedCustomers: number;
  nextSeq: number;
  nextTaskId: number;
  /** Under which the next group is kept. */
  nextRow: number;
  /** When the last transition ran. */
  advancedAt: number;
  /** Since when we have been listening without a gap: servers' silence counts from here. */
  listeningSince: number;
  events: FleetEvent[];
  changes: Changes;
  /** Groups of which nothing changed but their traffic: they can wait to be kept. */
  busyGroups: NotedGroups;
  /** When something of a group ended at its time last (epoch milliseconds), which can wait as well. */
  endedAt: number | undefined;
  /** What the transition that runs touches, if somebody wants to know. */
  touched: Touched | undefined;
}

/** Says whether a server can read tokens that are signed for it now. */
export type KeyCheck = (server: Pick<Server, "endpoint" | "keys">) => boolean;

/** Creates a fleet without servers. `random` gives numbers in [0, 1). */
export function createFleet(
  policy: FleetPolicy,
  random: () => number,
  now: number,
  holdsKey: KeyCheck = () => true,
): Fleet {
  // It shows in nothing, so that it need not come from `random`.
  const [seed = 0] = crypto.getRandomValues(new Int32Array(1));
  const fleet: Fleet = {
    policy,
    holdsKey,
    random,
    servers: new Map(),
    enabled: new Map(),
    candidates: new Map(),
    roomSizes: createRoomSizes(),
    spaces: new Map(),
    groups: createGroupIndex(seed),
    roomCount: 0,
    roomsBySeq: createSequence(isHosted),
    grownUpTo: 0,
    growsUpAt: Number.POSITIVE_INFINITY,
    usages: new Map(),
    bans: new Map(),
    bansBySeq: createSequence(isInForce),
    deadlines: createDeadlines((item, at) => isPending(fleet, item, at)),
    unverifiedCustomers: 0,
    nextSeq: 1,
    nextTaskId: 1,
    nextRow: 1,
    advancedAt: now,
    listeningSince: now,
    events: [],
    changes: createChanges(),
    busyGroups: createNotedGroups(),
    endedAt: undefined,
    touched: undefined,
  };
  return fleet;
}

/** Says whether an entry in the heap of deadlines still stands for something. */
function isPending({ servers }: Fleet, item: Expiring, at: number): boolean {
  switch (item.kind) {
    case "server":
      return item.scheduledFor === at && servers.get(item.id) === item;
    case "tokens":
      return item.scheduled && item.group.slot >= 0;
    case "reservation":
      return item.isHeld;
    case "ban":
      return isInForce(item);
  }
}
