import { RpcError } from "../errors.ts";
import { toKeyOf } from "./changes.ts";
import { toServerRef } from "./events.ts";
import { type GroupKey, type RoomKey, type ServerId, toRoomKey } from "./ids.ts";
import type { Group, Room } from "./room.ts";
import type { Fleet, FleetPolicy, Server } from "./state.ts";

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

/** Identity of a task in a queue; rises with every task, so that it tells their order. */
export type TaskId = number & { readonly __brand: "TaskId" };

/** A task and what its delivery needs to know. */
export interface QueuedTask {
  readonly id: TaskId;
  /** The server in whose queue it stands. */
  readonly server: ServerId;
  readonly task: Task;
  readonly room: RoomKey;
  readonly group: GroupKey;
  readonly bytes: number;
  /** End of the ban that the task tells of, 0 if it tells of none. */
  readonly banUntil: number;
  readonly queuedAt: number;
  sends: number;
  firstSentAt: number;
  /** What it is called in a state that several gateways share; absent where this gateway alone knows it. */
  readonly shared?: SharedTaskName;
}

/** Name of a task among several gateways. */
export interface SharedTaskName {
  readonly customer: string;
  readonly id: string;
}

/** Tasks of one server: those that wait, and those that went out with its last reply and may have been lost with it. */
export interface TaskQueue {
  waiting: QueuedTask[];
  sent: QueuedTask[];
  /** Connection of the last report; undefined if it cannot be told from others. */
  connection: string | undefined;
  /** The request in whose reply `sent` went out. */
  exchange: number | undefined;
  bytes: number;
}

/** How often a task goes to a server that opens a connection for every report, as nothing shows what it received. */
const SENDS_WITHOUT_ACKNOWLEDGEMENT = 2;
/** How often it goes to one that is known to keep its connections; after that, it no longer does. */
const SENDS_WITHOUT_CONNECTION = 10;

/** Creates an empty queue. */
export function createTaskQueue(): TaskQueue {
  return { waiting: [], sent: [], connection: undefined, exchange: undefined, bytes: 0 };
}

/** Number of tasks that the server has not been seen to receive. */
export function queuedTasks({ waiting, sent }: TaskQueue): number {
  return waiting.length + sent.length;
}

/** Makes an entry for the queue of the server that hosts a room; its size is that of the task as JSON. */
export function createQueuedTask(
  fleet: Fleet,
  { name, group }: Pick<Room, "name" | "group">,
  task: Task,
  banUntil = 0,
): QueuedTask {
  const { pool, namespace } = group.space;
  return {
    id: fleet.nextTaskId++ as TaskId,
    server: group.server.id,
    task,
    room: toRoomKey(pool, namespace, name),
    group: toKeyOf(group),
    bytes: JSON.stringify(task).length,
    banUntil,
    queuedAt: fleet.advancedAt,
    sends: 0,
    firstSentAt: 0,
  };
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
export function enqueue(fleet: Fleet, server: Server, entry: QueuedTask): void {
  const { queue } = server;
  fleet.events.push({ type: "task.queued", server: toServerRef(server) });
  queue.waiting.push(entry);
  queue.bytes += entry.bytes;
  fleet.changes.tasks.set(entry.id, entry);
}

/** A report, as far as it matters for the tasks in its reply. */
export interface Arrival {
  readonly connection: string | undefined;
  /** Tells the request from all others; undefined if no reply to it goes out. */
  readonly exchange: number | undefined;
  /** Age in milliseconds of a room that the report lists. */
  readonly ageOf: (id: Task["id"]) => number | undefined;
  readonly now: number;
  readonly maxTasks: number;
  /** Milliseconds from which on a task has waited for a server that was away. */
  readonly lateAfterMs: number;
}

/**
 * Tasks for the reply to a report, at most `maxTasks`; the rest wait for the next one.
 * The reply before has arrived if this report came later on the same connection; otherwise its tasks go out again, before
 * the new ones: twice in all to a server that was never seen to keep a connection. A `RoomClose` goes out again only while
 * the listed room is older than its first sending: a younger one was opened anew.
 */
export function takeTasks(fleet: Fleet, server: Server, arrival: Arrival): Task[] {
  const { queue } = server;
  const { connection, exchange, now, maxTasks } = arrival;
  if (exchange === undefined) return [];
  const isSameReply = exchange === queue.exchange;
  const hasArrived = !isSameReply && connection !== undefined && connection === queue.connection;
  if (hasArrived) server.keepsConnections = true;
  const again = isSameReply || hasArrived ? [] : queue.sent.filter((entry) => isDueAgain(server, entry, arrival));
  if (!isSameReply) for (const { id } of queue.sent) fleet.changes.tasks.set(id, undefined);
  const due = [...again, ...queue.waiting];
  const going = due.slice(0, maxTasks);
  noteSending(fleet, server, {
    first: Math.max(0, going.length - again.length),
    again: Math.min(going.length, again.length),
    delivered: hasArrived ? queue.sent.length : 0,
    unconfirmed: isSameReply || hasArrived ? 0 : queue.sent.length - again.length,
  });
  queue.sent = isSameReply ? [...queue.sent, ...going] : going;
  queue.waiting = due.slice(maxTasks);
  queue.connection = connection;
  queue.exchange = exchange;
  queue.bytes = [...queue.sent, ...queue.waiting].reduce((bytes, entry) => bytes + entry.bytes, 0);
  for (const entry of going) {
    if (entry.sends++ === 0) entry.firstSentAt = now;
  }
  for (const entry of [...again, ...going]) fleet.changes.tasks.set(entry.id, entry);
  return going.map((entry) => toCurrentTask(entry, arrival));
}

function noteSending(
  fleet: Fleet,
  server: Server,
  counts: { first: number; again: number; delivered: number; unconfirmed: number },
): void {
  if (Object.values(counts).every((count) => count === 0)) return;
  fleet.events.push({ type: "tasks.sent", server: toServerRef(server), ...counts });
}

function isDueAgain(server: Server, { task, sends, firstSentAt }: QueuedTask, { ageOf, now }: Arrival): boolean {
  if (sends >= SENDS_WITHOUT_CONNECTION) server.keepsConnections = false;
  if (!server.keepsConnections && sends >= SENDS_WITHOUT_ACKNOWLEDGEMENT) return false;
  if (task.task !== "RoomClose") return true;
  const ageMs = ageOf(task.id);
  return ageMs !== undefined && ageMs > now - firstSentAt;
}

/** A ban that waited for a server that was away is told with what is left of it. */
function toCurrentTask({ task, banUntil, queuedAt }: QueuedTask, { now, lateAfterMs }: Arrival): Task {
  const isBan = task.task === "RoomClose" || task.task === "RoomBanClient";
  if (!isBan || banUntil === 0 || now - queuedAt < lateAfterMs) return task;
  return { ...task, ban_time: toDuration(Math.max(0, banUntil - now)) };
}

/**
 * Hands a group's undelivered tasks from the server it leaves to the one it goes to. A `RoomClose` ends here; bans do
 * too, as those in force go to every server on which the room is placed.
 */
export function moveTasks(fleet: Fleet, from: Server, to: Server, group: Group): void {
  if (queuedTasks(from.queue) === 0) return;
  const key = toKeyOf(group);
  const take = (entries: QueuedTask[]): QueuedTask[] => {
    const rest: QueuedTask[] = [];
    for (const entry of entries) {
      if (entry.group !== key) rest.push(entry);
      else {
        from.queue.bytes -= entry.bytes;
        fleet.changes.tasks.set(entry.id, undefined);
        if (entry.task.task !== "RoomClose" && entry.banUntil === 0)
          enqueue(fleet, to, { ...entry, server: to.id, sends: 0, firstSentAt: 0 });
      }
    }
    return rest;
  };
  from.queue.sent = take(from.queue.sent);
  from.queue.waiting = take(from.queue.waiting);
}

/** Takes out what waits of bans, before those in force are queued anew. */
export function dropBanTasks(fleet: Fleet, { queue }: Server): void {
  const keep = ({ id, banUntil }: QueuedTask) => {
    if (banUntil !== 0) fleet.changes.tasks.set(id, undefined);
    return banUntil === 0;
  };
  queue.sent = queue.sent.filter(keep);
  queue.waiting = queue.waiting.filter(keep);
  queue.bytes = [...queue.sent, ...queue.waiting].reduce((bytes, entry) => bytes + entry.bytes, 0);
}

/** A span in milliseconds as servers read it. */
export function toDuration(ms: number): Duration {
  const secs = Math.floor(ms / 1000);
  const nanos = Math.round((ms - secs * 1000) * 1e6);
  return nanos < 1e9 ? { secs, nanos } : { secs: secs + 1, nanos: 0 };
}
