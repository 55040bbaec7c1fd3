import { toBanKey, toKeyOf } from "../../fleet/changes.ts";
import { toRoomKey } from "../../fleet/ids.ts";
import { reservationsOf } from "../../fleet/reservations.ts";
import type { Group, Room } from "../../fleet/room.ts";
import { roomsOf } from "../../fleet/spaces.ts";
import type { QueuedTask } from "../../fleet/tasks.ts";
import type { Belongings } from "./belongings.ts";
import type { SharedTask } from "./delta.ts";

/** Groups in one claim. */
const MAX_GROUPS = 100;
/** Bans, and tasks, in one claim. */
const MAX_OTHERS = 1_000;

/** What a gateway knows of a customer, as arguments of the script `merge`: several lists, none of them too long.
 * `offsetMs` is what the fleet's clock is ahead of Redis'. */
export function toMerges(
  { groups, bans }: Belongings,
  tasks: readonly (QueuedTask & { readonly shared: { readonly id: string } })[],
  now: number,
  offsetMs: number,
): string[][] {
  const bound = groups.filter(({ slot }) => slot >= 0);
  const batches: string[][] = [];
  for (let first = 0; first < bound.length; first += MAX_GROUPS) {
    const some = bound.slice(first, first + MAX_GROUPS);
    batches.push([String(some.length), ...some.flatMap((group) => toGroupArgs(group, now)), "0", "0"]);
  }
  const banArgs = bans.map(({ bans: of, user, target, untilMs }) => [
    toBanKey(of.name, user),
    String(Math.ceil(untilMs - offsetMs)),
    JSON.stringify(target),
  ]);
  const taskArgs = tasks.map((task) => [task.shared.id, JSON.stringify(toSharedTask(task, now))]);
  // At least one: it is what begins the state's life where there is nothing else.
  for (let first = 0; first === 0 || first < Math.max(bans.length, tasks.length); first += MAX_OTHERS) {
    const [someBans, someTasks] = [banArgs, taskArgs].map((all) => all.slice(first, first + MAX_OTHERS));
    batches.push(["0", ...toList(someBans), ...toList(someTasks)]);
  }
  return batches;
}

function toList(entries: readonly (readonly string[])[] = []): string[] {
  return [String(entries.length), ...entries.flat()];
}

/** A task as gateways tell it each other. */
export function toSharedTask({ room, task, banUntil }: Omit<QueuedTask, "shared">, now: number): SharedTask {
  return { room, task, banMs: banUntil === 0 ? 0 : Math.max(1, Math.ceil(banUntil - now)) };
}

function toGroupArgs(group: Group, now: number): string[] {
  const rooms = roomsOf(group);
  const tokenMs = Math.max(0, Math.ceil((group.tokens?.until ?? 0) - now));
  return [
    toKeyOf(group),
    group.server.id,
    String(tokenMs),
    String(rooms.length),
    ...rooms.flatMap((room) => toRoomArgs(room, now)),
  ];
}

function toRoomArgs({ name, group, listedIn, peers, traffic }: Room, now: number): string[] {
  const held = (traffic ? reservationsOf(traffic) : []).flatMap(({ user, expiresAt }) => [
    user,
    String(Math.max(1, Math.ceil(expiresAt - now))),
  ]);
  const { pool, namespace } = group.space;
  return [toRoomKey(pool, namespace, name), String(listedIn > 0 ? peers : -1), String(held.length / 2), ...held];
}
