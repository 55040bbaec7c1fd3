import { toServerId } from "../../src/fleet/ids.ts";
import type { Report } from "../../src/fleet/report.ts";
import type { SavedServer, SavedState } from "../../src/fleet/saved-state.ts";

const POOL = "default";
const REPORT_INTERVAL_MS = 5_000;
const PEERS_PER_ROOM = 4;

/** What a fleet looks like that has been running for a while. */
export interface FleetShape {
  readonly servers: number;
  /** Over all servers. */
  readonly rooms: number;
  /** Load of the server with that index; 1 is full. */
  readonly load: (index: number) => number;
}

/** Address of the server with that index. */
export function toEndpoint(index: number): string {
  return `sfu${index}:4433`;
}

/** The state of such a fleet, as a restart would find it at `now` (epoch milliseconds). */
export function createLoadedState({ servers, rooms, load }: FleetShape, now: number): SavedState {
  const perServer = Math.ceil(rooms / servers);
  const list = Array.from({ length: servers }, (_, index) => {
    const id = toServerId(POOL, toEndpoint(index));
    const server: SavedServer = {
      pool: POOL,
      endpoint: toEndpoint(index),
      phase: "enabled",
      version: "bench",
      capacity: {},
      tags: [],
      ownTags: [],
      draining: undefined,
      keys: undefined,
      reportIntervalMs: REPORT_INTERVAL_MS,
      keepsConnections: true,
      firstSeenAt: now,
      lastSeenAt: now,
      load: load(index),
      clients: perServer * PEERS_PER_ROOM,
    };
    return [id, server] as const;
  });
  const listings = list.map(([id], index) => {
    const entries: (string | number)[] = [];
    for (let room = index; room < rooms; room += servers) entries.push(`room-${room}`, PEERS_PER_ROOM);
    return [id, [["bench", "bench", entries]]] as const;
  });
  return { servers: list, listings, groups: { count: 0, batches: [] }, bans: [], tasks: [], times: [] };
}

/** The reports of such a fleet as time passes: each server's every five seconds, one after the other. */
export function createReports(shape: FleetShape, startMs: number): (now: number) => Report[] {
  const rooms = Array.from({ length: shape.servers }, (): Report["rooms"][number][] => []);
  for (let room = 0; room < shape.rooms; room++) {
    const name = `room-${room}`;
    rooms[room % shape.servers]?.push({
      namespace: "bench",
      name,
      customer: "bench",
      peers: PEERS_PER_ROOM,
      ageMs: 60_000,
    });
  }
  let sent = 0;
  return (now) => {
    const due: Report[] = [];
    const until = Math.floor(((now - startMs) / REPORT_INTERVAL_MS) * shape.servers);
    for (; sent < until; sent++) {
      const index = sent % shape.servers;
      const listed = rooms[index] ?? [];
      due.push({
        pool: POOL,
        endpoint: toEndpoint(index),
        version: "bench",
        load: shape.load(index),
        clients: listed.length * PEERS_PER_ROOM,
        rooms: listed,
        connection: toEndpoint(index),
        exchange: sent,
      });
    }
    return due;
  };
}
