import type { Report } from "../../src/fleet/report.ts";
import type { Task } from "../../src/fleet/tasks.ts";

/** A server keeps its peers over a network failure; after it, its next report comes on another connection. */
export interface ModelServer {
  readonly endpoint: string;
  alive: boolean;
  connection: number;
  readonly rooms: Map<string, { openedAt: number; users: Set<string> }>;
  /** The updates that have arrived. */
  readonly executed: number[];
}

let exchange = 1;

/** Creates a server that hosts nothing yet. */
export function createModelServer(endpoint: string): ModelServer {
  return { endpoint, alive: true, connection: 0, rooms: new Map(), executed: [] };
}

/** Has a user in a room of the server, which opens it at `now` if it has to. */
export function joinRoom(server: ModelServer, room: string, user: string, now: number): void {
  const hosted = server.rooms.get(room) ?? { openedAt: now, users: new Set<string>() };
  server.rooms.set(room, hosted);
  hosted.users.add(user);
}

/** Has a user out of a room of the server, which ends with the last of them. */
export function leaveRoom(server: ModelServer, room: string, user: string): void {
  const hosted = server.rooms.get(room);
  hosted?.users.delete(user);
  if (hosted?.users.size === 0) server.rooms.delete(room);
}

/** What the server reports at `now` to a gateway by number. */
export function toReport(server: ModelServer, gateway: number, now: number): Report {
  const { endpoint, connection } = server;
  const rooms = [...server.rooms].map(([name, { users, openedAt }]) => ({
    namespace: "acme",
    name,
    customer: "acme",
    peers: users.size,
    ageMs: now - openedAt,
  }));
  const base = { pool: "default", endpoint, version: "1", load: 0, clients: 0, exchange: exchange++ };
  return { ...base, rooms, connection: `${endpoint} ${gateway} ${connection}` };
}

/** Has the server do as it is told. `boundTo` is whose the room is, if it is anybody's. */
export function execute(server: ModelServer, task: Task, boundTo: string | undefined): void {
  const [, room] = task.id;
  if (task.task === "RoomClose") server.rooms.delete(room);
  if (task.task === "RoomBanClient") leaveRoom(server, room, task.user_id);
  // Delivered to a server that no longer has the room, a task has not arrived.
  if (task.task === "RoomUpdate" && (boundTo ?? server.endpoint) === server.endpoint)
    server.executed.push(...task.user_data);
}
