import { type Census, SERVER_STATES } from "../fleet/census.ts";
import type { AddGauges } from "./registry.ts";

/** What a customer may use. */
export interface CustomerLimits {
  readonly maxPeers: number;
  readonly maxRooms: number;
}

/** The one label of all customers whom nobody vouches for: their ids are theirs to choose, and have no end. */
const UNVERIFIED = "demo";

/** Adds what a census says of servers, by pool and one by one. */
export function collectServers({ pools, servers }: Census, add: AddGauges): void {
  const counts = new Map(pools.map((pool) => [pool, new Map<string, number>()]));
  for (const { pool, endpoint: server, state, ...figures } of servers) {
    const states = counts.get(pool) ?? new Map<string, number>();
    counts.set(pool, states.set(state, (states.get(state) ?? 0) + 1));
    add({ pool, server, state }, { serverState: 1 });
    const tasks = { tasksWaiting: figures.tasksWaiting, tasksUnacknowledged: figures.tasksSent };
    if (state === "registered") add({ pool, server }, tasks);
    else {
      add(
        { pool, server },
        {
          serverLoad: figures.load,
          serverEstimate: figures.estimate,
          serverClients: figures.clients,
          serverRooms: figures.rooms,
          serverPeers: figures.peers,
          serverPending: figures.pending,
          serverReportAge: figures.reportAgeMs / 1000,
          ...tasks,
        },
      );
    }
  }
  for (const [pool, states] of counts) {
    for (const state of SERVER_STATES) add({ pool, state }, { servers: states.get(state) ?? 0 });
  }
}

/** Adds what a census says of customers who have rooms, against their limits; those whom nobody vouches for as one. */
export function collectCustomers(
  { customers }: Census,
  findLimits: (customer: string) => CustomerLimits | undefined,
  add: AddGauges,
): void {
  const unverified = { peers: 0, reserved: 0, rooms: 0, isThere: false };
  let bans = 0;
  for (const { customer, isVerified, peers, reserved, rooms, bans: own } of customers) {
    bans += own;
    if (!isVerified) {
      unverified.isThere = true;
      unverified.peers += peers;
      unverified.reserved += reserved;
      unverified.rooms += rooms;
      continue;
    }
    const limits = findLimits(customer);
    add(
      { customer },
      {
        customerPeers: peers,
        customerReservations: reserved,
        customerRooms: rooms,
        ...(limits && { customerPeersLimit: limits.maxPeers, customerRoomsLimit: limits.maxRooms }),
      },
    );
  }
  if (unverified.isThere) {
    const { peers, reserved, rooms } = unverified;
    add({ customer: UNVERIFIED }, { customerPeers: peers, customerReservations: reserved, customerRooms: rooms });
  }
  add({}, { bans });
}
