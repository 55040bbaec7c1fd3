import { RpcError } from "../errors.ts";
import type { GroupKey, RoomKey } from "./ids.ts";
import type { FleetPolicy, Listing, Server } from "./state.ts";

/** A span of time as servers read it. */
export interface Duration {
  readonly secs: number;
  readonly nanos: number;
}

/** Work for a server, in the form in which it goes over the wire. Source: docs/protocol.md, "Tasks". */
export type Task =
  | { readonly task: "RoomClose"; readonly id: readonly [string, string]; readonly ban_time: Duration }
  | { readonly task: "RoomUpdate"; readonly id: readonly [string, string]; readonly user_data: readonly number[] }
  | {
      readonly task: "RoomBanClient";
      readonly id: readonly [string, string];
      readonly user_id: string;
      readonly ban_time: Duration;
    }
  | {
      readonly task: "RoomSendMessage";
      readonly id: readonly [string, string];
      readonly user_id: string;
      readonly message: readonly number[];
    };

/** A task and what its delivery needs to know. */
export interface QueuedTask {
  readonly task: Task;
  readonly room: RoomKey;
  readonly group: GroupKey;
  readonly bytes: number;
  sends: number;
  firstSentAt: number;
}

/** Tasks of one server: those that wait, and those that went out with its last reply and may have been lost with it. */
export interface TaskQueue {
  waiting: QueuedTask[];
  sent: QueuedTask[];
  /** Connection of the last report; undefined if it cannot be told from others. */
  connection: string | undefined;
  bytes: number;
}

/** How often a task goes to a server that opens a connection for every report, as nothing shows what it received. */
const SENDS_WITHOUT_ACKNOWLEDGEMENT = 2;

/** Creates an empty queue. */
export function createTaskQueue(): TaskQueue {
  return { waiting: [], sent: [], connection: undefined, bytes: 0 };
}

/** Number of tasks that the server has not been seen to receive. */
export function queuedTasks({ waiting, sent }: TaskQueue): number {
  return waiting.length + sent.length;
}

/** Makes a queue entry of a task; `bytes` is its size as JSON. */
export function createQueuedTask(task: Task, room: RoomKey, group: GroupKey): QueuedTask {
  return { task, room, group, bytes: JSON.stringify(task).length, sends: 0, firstSentAt: 0 };
}

/** Says whether the server's queue has a place for that entry. */
export function hasPlaceFor({ queue }: Server, entry: QueuedTask, policy: FleetPolicy): boolean {
  return queuedTasks(queue) < policy.maxQueuedTasks && queue.bytes + entry.bytes <= policy.maxQueuedBytes;
}

/** Throws `queueFull` unless the server's queue has a place for that entry. */
export function checkPlace(server: Server, entry: QueuedTask, policy: FleetPolicy): void {
  if (hasPlaceFor(server, entry, policy)) return;
  throw new RpcError("queueFull", { message: `task queue full: server ${server.endpoint} does not take its tasks` });
}

/** Puts an entry at the end of the server's queue. */
export function enqueue({ queue }: Server, entry: QueuedTask): void {
  queue.waiting.push(entry);
  queue.bytes += entry.bytes;
}

/**
 * Tasks for the reply to a report that came on `connection` and lists `listings`.
 * The reply before has arrived if this report came on the same connection; otherwise its tasks go out again, before the
 * new ones. A server that is never seen to keep a connection gets each task twice. A `RoomClose` goes out again only
 * while the listed room is older than its first sending: a younger one was opened anew.
 */
export function takeTasks(
  server: Server,
  {
    connection,
    listings,
    now,
  }: { connection: string | undefined; listings: ReadonlyMap<RoomKey, Listing>; now: number },
): Task[] {
  const { queue } = server;
  const sameConnection = connection !== undefined && connection === queue.connection;
  if (sameConnection) server.keepsConnections = true;
  const again = sameConnection
    ? []
    : queue.sent.filter((entry) => {
        if (!server.keepsConnections && entry.sends >= SENDS_WITHOUT_ACKNOWLEDGEMENT) return false;
        if (entry.task.task !== "RoomClose") return true;
        const listing = listings.get(entry.room);
        return listing !== undefined && listing.ageMs > now - entry.firstSentAt;
      });
  queue.sent = again.length === 0 ? queue.waiting : [...again, ...queue.waiting];
  queue.waiting = [];
  queue.connection = connection;
  queue.bytes = queue.sent.reduce((bytes, entry) => bytes + entry.bytes, 0);
  for (const entry of queue.sent) {
    if (entry.sends++ === 0) entry.firstSentAt = now;
  }
  return queue.sent.map(({ task }) => task);
}

/** Hands a group's undelivered tasks from the server it leaves to the one it goes to; a `RoomClose` ends here. */
export function moveTasks(from: Server, to: Server, group: GroupKey): void {
  const take = (entries: QueuedTask[]): QueuedTask[] => {
    const rest: QueuedTask[] = [];
    for (const entry of entries) {
      if (entry.group !== group) rest.push(entry);
      else {
        from.queue.bytes -= entry.bytes;
        if (entry.task.task !== "RoomClose") enqueue(to, { ...entry, sends: 0, firstSentAt: 0 });
      }
    }
    return rest;
  };
  if (queuedTasks(from.queue) === 0) return;
  from.queue.sent = take(from.queue.sent);
  from.queue.waiting = take(from.queue.waiting);
}

/** A span in milliseconds as servers read it. */
export function toDuration(ms: number): Duration {
  const secs = Math.floor(ms / 1000);
  const nanos = Math.round((ms - secs * 1000) * 1e6);
  return nanos < 1e9 ? { secs, nanos } : { secs: secs + 1, nanos: 0 };
}
