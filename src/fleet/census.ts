import { estimateLoad } from "./estimate.ts";
import type { ServerId } from "./ids.ts";
import { roomsOn } from "./standing.ts";
import type { Fleet, Server } from "./state.ts";

/**
 * What a server is to new rooms: `enabled` gets them, `full` is too loaded for them, `draining` is to get none; the others
 * are those of its phase.
 */
export const SERVER_STATES = ["enabled", "full", "draining", "disabled", "keyless", "registered"] as const;
/** One of `SERVER_STATES`. */
export type ServerState = (typeof SERVER_STATES)[number];

/** A server in figures; loads are shares of which 1 is full. */
export interface ServerFigures {
  readonly id: ServerId;
  readonly pool: string;
  readonly endpoint: string;
  readonly state: ServerState;
  /** Load in its last report, and once everybody is there who is on the way. */
  readonly load: number;
  readonly estimate: number;
  readonly clients: number;
  readonly rooms: number;
  readonly peers: number;
  /** Tokens that no report shows yet, as far as they count as load. */
  readonly pending: number;
  /** Tasks that wait, and those that went out and were not seen to arrive. */
  readonly tasksWaiting: number;
  readonly tasksSent: number;
  readonly reportAgeMs: number;
  readonly version: string;
  readonly tags: readonly string[];
  /** When the rooms of a server that drains are closed, if they are to be (epoch milliseconds). */
  readonly drainDeadline: number | undefined;
}

/** What a customer uses, in figures. */
export interface CustomerFigures {
  readonly customer: string;
  /** Whether anybody vouches for them. */
  readonly isVerified: boolean;
  readonly peers: number;
  readonly reserved: number;
  readonly rooms: number;
  readonly bans: number;
}

/** The fleet in figures, without its rooms and users. */
export interface Census {
  readonly pools: readonly string[];
  readonly servers: readonly ServerFigures[];
  readonly customers: readonly CustomerFigures[];
}

/** Counts the fleet in one pass over servers and customers: it looks at no room. `now` is in epoch milliseconds. */
export function takeCensus(fleet: Fleet, now: number): Census {
  return {
    pools: fleet.policy.pools,
    servers: Array.from(fleet.servers.values(), (server) => toServerFigures(fleet, server, now)),
    customers: Array.from(fleet.usages.values(), ({ customer, peers, reserved, rooms, bans }) => ({
      customer,
      isVerified: !customer.startsWith(fleet.policy.unverifiedPrefix),
      peers,
      reserved,
      rooms,
      bans,
    })),
  };
}

function toServerFigures(fleet: Fleet, server: Server, now: number): ServerFigures {
  const { id, pool, endpoint, load, clients, standing, queue, lastSeenAt, version, tags, draining } = server;
  return {
    id,
    pool,
    endpoint,
    state: toServerState(server),
    load,
    estimate: estimateLoad(fleet, server, now),
    clients,
    ...roomsOn(server),
    pending: standing.pending,
    tasksWaiting: queue.waiting.length,
    tasksSent: queue.sent.length,
    reportAgeMs: now - lastSeenAt,
    version,
    tags,
    drainDeadline: draining?.deadline,
  };
}

/** What the server is to new rooms. */
export function toServerState({ phase, draining, standing }: Server): ServerState {
  if (phase !== "enabled") return phase;
  if (draining) return "draining";
  return standing.isOut ? "full" : "enabled";
}
