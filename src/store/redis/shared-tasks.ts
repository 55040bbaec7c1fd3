import type { Fleet, Server } from "../../fleet/state.ts";
import type { QueuedTask, SharedTaskName, TaskQueue } from "../../fleet/tasks.ts";

/** Tasks that this gateway alone knows of are dropped when the server has got those of another gateway, after so long. */
const UNSHARED_MS = 1_000;

/** All tasks that several gateways know of, by the name they have among them. */
export function listSharedTasks(fleet: Fleet): Map<string, QueuedTask & { readonly shared: SharedTaskName }> {
  const found = new Map<string, QueuedTask & { readonly shared: SharedTaskName }>();
  for (const { queue } of fleet.servers.values())
    for (const entry of [...queue.sent, ...queue.waiting]) {
      const { shared } = entry;
      if (shared) found.set(shared.id, { ...entry, shared });
    }
  return found;
}

/** Another gateway has sent these: where no reply to it shows that they arrived, they go out again. */
export function noteSentElsewhere(fleet: Fleet, ids: readonly string[], now: number): void {
  const sent = new Set(ids);
  for (const { queue } of fleet.servers.values()) {
    const going = queue.waiting.filter(({ shared }) => shared !== undefined && sent.has(shared.id));
    if (going.length === 0) continue;
    for (const entry of going) if (entry.sends++ === 0) entry.firstSentAt = now;
    queue.waiting = queue.waiting.filter((entry) => !going.includes(entry));
    queue.sent = [...queue.sent, ...going];
    queue.connection = undefined;
    queue.exchange = undefined;
    for (const entry of going) fleet.changes.tasks.set(entry.id, entry);
  }
}

/** Takes tasks out that have arrived. */
export function dropTasks(fleet: Fleet, ids: readonly string[]): void {
  const gone = new Set(ids);
  for (const { queue } of fleet.servers.values())
    drop(fleet, queue, ({ shared }) => shared !== undefined && gone.has(shared.id));
}

/** Takes tasks out that another gateway has sent as well: it made them of what both know, such as the bans of a room. */
export function dropUnsharedTasks(fleet: Fleet, { queue }: Server, now: number): void {
  drop(fleet, queue, ({ shared, queuedAt }) => shared === undefined && queuedAt < now - UNSHARED_MS);
}

function drop(fleet: Fleet, queue: TaskQueue, isGone: (entry: QueuedTask) => boolean): void {
  const gone = [...queue.sent, ...queue.waiting].filter(isGone);
  if (gone.length === 0) return;
  for (const { id, bytes } of gone) {
    fleet.changes.tasks.set(id, undefined);
    queue.bytes -= bytes;
  }
  queue.sent = queue.sent.filter((entry) => !gone.includes(entry));
  queue.waiting = queue.waiting.filter((entry) => !gone.includes(entry));
}
