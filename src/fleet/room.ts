import type { NotedGroups } from "./noted-groups.ts";
import type { Server, Usage } from "./state.ts";

/** What is bound of one namespace in one pool. */
export interface Space {
  readonly pool: string;
  readonly namespace: string;
  /** What its groups are hashed from. */
  readonly hash: number;
  /** How many groups there are. */
  groups: number;
}

/**
 * The rooms of one hash tag and the server they are bound to. It exists as long as it is bound. There can be a million:
 * what few of them need is not there in the others.
 */
export interface Group {
  readonly space: Space;
  readonly tag: string;
  server: Server;
  /** Its place among the server's groups; -1 when it is bound no more. */
  slot: number;
  /** Rooms that are listed by the server or reserved: none, the only one, or several by name. */
  rooms: undefined | Room | Map<string, Room>;
  /** Absent while no token for a room of it can be used. */
  tokens: IssuedTokens | undefined;
  /** The next one in its bucket of the index of groups. */
  next: Group | undefined;
  /** Absent while all that is to be kept of it is in the listing of its server. */
  kept: KeptGroup | undefined;
}

/** That something of a group is kept by itself, or is to be. */
export interface KeptGroup {
  /** The number under which it is kept: rising, so that what is written at a time lies together. */
  readonly row: number;
  /** Which of the lists it is in of what is to be written, if any. */
  notedIn: NotedGroups | undefined;
}

/** That tokens were issued for rooms of a group, which is to stay where it is while they can be used. */
export interface IssuedTokens {
  readonly kind: "tokens";
  readonly group: Group;
  /** Until when (epoch milliseconds) the last of them can be used. */
  until: number;
  /** Whether this stands in the heap of deadlines. */
  scheduled: boolean;
}

/** A room that is hosted: the bound server lists it, or a token for it was issued a moment ago. */
export interface Room {
  readonly name: string;
  readonly group: Group;
  usage: Usage;
  /** Rises with every room, so that listings can be paged while rooms come and go. */
  readonly seq: number;
  /** The report of the bound server that listed it last; 0 if its last one did not. */
  listedIn: number;
  /** Peers in the bound server's last report. */
  peers: number;
  /** The server in whose standing it is counted: the bound one, as long as the room is there. */
  countedOn: Server | undefined;
  /** Absent while nobody is on the way to it and it is not expected to grow. */
  traffic: Traffic | undefined;
}

/** Who is on the way to a room. */
export interface Traffic {
  /** When the room was opened, on whichever server; infinitely long ago if it is not expected to grow any more. */
  bornAt: number;
  /** Peer slots held for tokens that no report has shown yet, oldest first: none, the only one, or several by user. */
  reservations: undefined | Reservation | Map<string, Reservation>;
  /** How many of them still count as load that is to come. */
  pending: number;
  /** Most peers that a report showed. */
  peak: number;
  /** When a token was issued for the room last. */
  updatedAt: number;
  /** What this adds, at the moment, to the customer's usage … */
  countedReserved: number;
  /** … and to the server's standing. */
  countedPending: number;
  lacking: number;
}

/** A peer slot held for one user of one room. */
export interface Reservation {
  readonly kind: "reservation";
  readonly room: Room;
  readonly user: string;
  expiresAt: number;
  /** Until when it counts as load that is to come. */
  loadUntil: number;
  isPending: boolean;
  /** Whether it is one of its room's: what falls due asks, and need not look it up. */
  isHeld: boolean;
}

/** Says whether the room is still there. */
export function isHosted({ countedOn }: Room): boolean {
  return countedOn !== undefined;
}
