import { advance } from "../../fleet/advance.ts";
import { findOwnBan, setBan } from "../../fleet/bans.ts";
import { toBanKey, toKeyOf } from "../../fleet/changes.ts";
import { dropGroup } from "../../fleet/rooms.ts";
import type { Fleet } from "../../fleet/state.ts";
import { adoptGroup, type SharedGroupState } from "./adopt-group.ts";
import type { Belongings } from "./belongings.ts";
import type { CustomerDelta, SharedBanState, SharedTask, SharedTaskState } from "./delta.ts";
import { applyTask } from "./mirror.ts";
import { dropTasks, listSharedTasks } from "./shared-tasks.ts";

/** All there is of one customer; slots and tokens with the milliseconds that are left, all else by Redis' clock. Keys are those of fleet/ids.ts. */
export interface Snapshot {
  readonly life: string;
  /** The last change that is in all of it; of later ones, some are. */
  readonly seq: number;
  readonly groups: readonly SharedGroupState[];
  readonly bans: readonly SharedBanState[];
  readonly tasks: readonly SharedTaskState[];
}

/** Reads all there is of a customer in parts of about `count` entries; nothing if there is nothing. */
export async function readSnapshot(
  read: (what: "groups" | "bans" | "tasks", cursor: string, count: number) => Promise<readonly string[]>,
  count = PART,
): Promise<Snapshot | undefined> {
  const [begun, bans, tasks] = await Promise.all([
    readAll<SharedGroupState>("groups"),
    readAll<SharedBanState>("bans"),
    readAll<SharedTaskState>("tasks"),
  ]);
  if (!begun) return undefined;
  // It ended in between, or another life began: what was read is of no use.
  if (bans?.life !== begun.life || tasks?.life !== begun.life) return await readSnapshot(read, count);
  return { life: begun.life, seq: begun.seq, groups: begun.entries, bans: bans.entries, tasks: tasks.entries };

  async function readAll<T>(what: "groups" | "bans" | "tasks") {
    const entries: T[] = [];
    let first: { readonly life: string; readonly seq: number } | undefined;
    let cursor = "0";
    do {
      const [word, life = "", seq = "", next = "0", part = "[]"] = await read(what, cursor, count);
      if (word !== "ok") return undefined;
      first ??= { life, seq: Number(seq) };
      if (first.life !== life) return { ...first, life: "", entries };
      for (const entry of JSON.parse(part) as T[]) entries.push(entry);
      cursor = next;
    } while (cursor !== "0");
    return { ...first, entries };
  }
}

/** Entries in a part: a script with so many takes Redis a few milliseconds. */
const PART = 500;

/** The snapshot with what gateways merged into the state since: so that nothing is closed of which it is told a moment later. */
export function withMerges(snapshot: Snapshot, told: readonly CustomerDelta[]): Snapshot {
  const { life, seq, groups, bans, tasks } = snapshot;
  const merges = told.flatMap((delta) =>
    delta.type === "merge" && delta.life === life && delta.seq > seq ? [delta] : [],
  );
  return {
    ...{ life, seq },
    groups: toLatest([...groups, ...merges.flatMap((merge) => merge.groups ?? [])]),
    bans: toLatest([...bans, ...merges.flatMap((merge) => merge.bans ?? [])]),
    tasks: toLatest([...tasks, ...merges.flatMap((merge) => merge.tasks ?? [])]),
  };
}

/** Of several entries for one key, the last one. */
function toLatest<T extends readonly [string, ...unknown[]]>(entries: readonly T[]): readonly T[] {
  return [...new Map(entries.map((entry) => [entry[0], entry])).values()];
}

/** Has the fleet know of the customer what the shared state has, and nothing else. */
export function adoptSnapshot(
  fleet: Fleet,
  customer: string,
  snapshot: Snapshot,
  before: Belongings | undefined,
  now: number,
  offsetMs: number,
): void {
  advance(fleet, now);
  const kept = new Set<string>();
  for (const group of snapshot.groups) if (adoptGroup(fleet, customer, group, now)) kept.add(group[0]);
  for (const group of before?.groups ?? []) if (group.slot >= 0 && !kept.has(toKeyOf(group))) dropGroup(fleet, group);
  adoptBans(fleet, snapshot, before, now, offsetMs);
  adoptTasks(fleet, customer, snapshot, now);
}

function adoptBans(
  fleet: Fleet,
  { bans }: Snapshot,
  before: Belongings | undefined,
  now: number,
  offsetMs: number,
): void {
  const kept = new Set(bans.map(([key]) => key));
  for (const [, ends, json] of bans) {
    const target = JSON.parse(json);
    const untilMs = Number(ends) + offsetMs;
    // One that is known keeps its place in listings.
    if (Math.ceil(findOwnBan(fleet, target)?.untilMs ?? 0) !== untilMs) setBan(fleet, target, untilMs, now);
  }
  for (const { bans: of, user, target } of before?.bans ?? [])
    if (!kept.has(toBanKey(of.name, user))) setBan(fleet, target, now, now);
}

function adoptTasks(fleet: Fleet, customer: string, { tasks }: Snapshot, now: number): void {
  const known = listSharedTasks(fleet);
  const kept = new Set(tasks.map(([id]) => id));
  const gone = [...known].filter(([id, { shared }]) => shared.customer === customer && !kept.has(id)).map(([id]) => id);
  dropTasks(fleet, gone);
  for (const [id, , task] of toLatest(tasks))
    if (!known.has(id)) applyTask(fleet, customer, id, JSON.parse(task) as SharedTask, now);
}
