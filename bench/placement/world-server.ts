import type { ReportedRoom } from "../../src/fleet/report.ts";
import type { Customer } from "./population.ts";

/** A server as it really is, which no gateway sees. */
export interface WorldServer {
  readonly endpoint: string;
  readonly capacity: number;
  readonly startedAt: number;
  readonly clients: Set<Client>;
  /** Peers by room. */
  readonly rooms: Map<WorldRoom, number>;
  /** Load as the server measures it, smoothed. */
  smoothed: number;
  isAlive: boolean;
  isDraining: boolean;
}

/** A room, which fills over its first minute. */
export interface WorldRoom {
  readonly name: string;
  readonly customer: Customer;
  openedAt: number;
}

/** A player, who wants to be in one room. */
export interface Client {
  readonly user: string;
  readonly room: WorldRoom;
  readonly leavesAt: number;
  server: WorldServer | undefined;
}

/** Creates a server without clients at `now` (epoch milliseconds). */
export function createWorldServer(endpoint: string, capacity: number, now: number): WorldServer {
  return {
    endpoint,
    capacity,
    startedAt: now,
    clients: new Set(),
    rooms: new Map(),
    smoothed: 0,
    isAlive: true,
    isDraining: false,
  };
}

/** Lets the client in, and says whether that opened the room. */
export function join(client: Client, server: WorldServer, now: number): boolean {
  const { room } = client;
  const peers = server.rooms.get(room) ?? 0;
  client.server = server;
  server.clients.add(client);
  server.rooms.set(room, peers + 1);
  room.customer.connected++;
  if (peers === 0) room.openedAt = now;
  return peers === 0;
}

/** Lets the client go, if they are anywhere. */
export function leave(client: Client): void {
  const { server, room } = client;
  if (!server) return;
  client.server = undefined;
  server.clients.delete(client);
  room.customer.connected--;
  const peers = (server.rooms.get(room) ?? 0) - 1;
  if (peers > 0) server.rooms.set(room, peers);
  else server.rooms.delete(room);
}

/** The rooms that the server lists in its report. */
export function listRooms({ rooms }: WorldServer, now: number): ReportedRoom[] {
  return [...rooms].map(([{ name, customer, openedAt }, peers]) => ({
    namespace: customer.id,
    name,
    customer: customer.id,
    peers,
    ageMs: now - openedAt,
  }));
}
