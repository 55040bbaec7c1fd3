import { SERVER_STATES, type ServerState, toServerState } from "./census.ts";
import { roomsOn } from "./standing.ts";
import type { Fleet } from "./state.ts";

/** Sums over the fleet. */
export interface FleetTotals {
  readonly servers: Readonly<Record<ServerState, number>>;
  readonly rooms: number;
  readonly peers: number;
  readonly clients: number;
  /** Tokens that no report shows yet, as far as they count as load. */
  readonly pending: number;
  readonly tasksWaiting: number;
  readonly bans: number;
  /** Servers that report, by load: from 0, 0.1, … 0.9 up to the next, and from 1 on. */
  readonly loads: readonly number[];
}

const LOAD_CLASSES = 11;

/** Adds the fleet up in one pass over servers and customers; makes no figures for each of them, so that it can be done often. */
export function takeTotals(fleet: Fleet): FleetTotals {
  const states = Object.fromEntries(SERVER_STATES.map((state) => [state, 0])) as Record<ServerState, number>;
  const loads = Array<number>(LOAD_CLASSES).fill(0);
  const sums = { rooms: 0, peers: 0, clients: 0, pending: 0, tasksWaiting: 0, bans: 0 };
  for (const server of fleet.servers.values()) {
    const { load, clients, standing, queue } = server;
    const state = toServerState(server);
    const { rooms, peers } = roomsOn(server);
    states[state]++;
    sums.rooms += rooms;
    sums.peers += peers;
    sums.clients += clients;
    sums.pending += standing.pending;
    sums.tasksWaiting += queue.waiting.length;
    if (state === "registered" || state === "disabled") continue;
    const index = Math.min(Math.max(0, Math.floor(load * 10)), LOAD_CLASSES - 1);
    loads[index] = (loads[index] ?? 0) + 1;
  }
  for (const { bans } of fleet.usages.values()) sums.bans += bans;
  return { servers: states, ...sums, loads };
}
