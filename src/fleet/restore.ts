import { setBan } from "./bans.ts";
import { dropChanges } from "./changes.ts";
import { type GroupKey, hashTag, toTag } from "./ids.ts";
import { dropGroupIfIdle, enterGroup, enterRoom, keepBinding } from "./rooms.ts";
import type { GroupBatch, SavedGroup, SavedServer, SavedState, SavedTask } from "./saved-state.ts";
import {
  activePhase,
  findOrCreateServer,
  pendingTimeout,
  reservationTimeout,
  scheduleServer,
  setPhase,
  silenceLimit,
} from "./servers.ts";
import type { Fleet } from "./state.ts";
import type { TaskId } from "./tasks.ts";
import { recount, reserve } from "./usage.ts";

/** How much was taken up of a kept state. */
export interface Restored {
  readonly servers: number;
  readonly rooms: number;
  readonly bans: number;
  /** Bans that have ended since. */
  readonly endedBans: number;
  readonly tasks: number;
  /** Servers that were too old for it, and stay away with all that was theirs. */
  readonly outdatedServers: number;
}

/** Begins the names of those whose names were not kept: no user's does, as it is no Unicode. */
const NO_USER = "\ud800";

/**
 * Takes a kept state up into a fleet that is empty. Servers count as heard of at `now` (epoch milliseconds): the silence
 * in between was our own. Those that would have been removed by now stay away, with their rooms and tasks.
 */
export function restoreFleet(fleet: Fleet, saved: SavedState, now: number): Restored {
  const current = saved.servers.filter(([, server]) => !isOutdated(fleet, server, now));
  for (const [, server] of current) restoreServer(fleet, server, now);
  fleet.groups.reserve(saved.groups.count);
  const goneGroups: GroupKey[] = [];
  for (const batch of saved.groups.batches) goneGroups.push(...restoreGroups(fleet, batch, now));
  for (const [, { untilMs, ...target }] of saved.bans) setBan(fleet, target, untilMs, now);
  for (const [id, task] of saved.tasks) restoreTask(fleet, id, task);
  // All else is what happened before.
  fleet.events = fleet.events.filter(({ type }) => type === "server.keyless");
  dropChanges(fleet);
  forgetWhatIsGone(fleet, saved, goneGroups);
  const add = (total: number, value: number) => total + value;
  const bans = [...fleet.usages.values()].map((usage) => usage.bans).reduce(add, 0);
  return {
    servers: fleet.servers.size,
    rooms: fleet.roomCount,
    bans,
    endedBans: saved.bans.length - bans,
    tasks: [...fleet.servers.values()].map(({ queue }) => queue.sent.length + queue.waiting.length).reduce(add, 0),
    outdatedServers: saved.servers.length - current.length,
  };
}

/** Too long silent, or of a pool that there is no more. */
function isOutdated(fleet: Fleet, server: SavedServer, now: number): boolean {
  if (!fleet.policy.pools.includes(server.pool)) return true;
  return now - server.lastSeenAt > Math.max(fleet.policy.removeTimeoutMs, silenceLimit(fleet, server));
}

function restoreServer(fleet: Fleet, saved: SavedServer, now: number): void {
  const { pool, endpoint, phase, firstSeenAt, lastSeenAt, ...known } = saved;
  const server = findOrCreateServer(fleet, pool, endpoint, firstSeenAt);
  // A clock that was set back since then makes no server immortal.
  Object.assign(server, known, { lastSeenAt: Math.min(lastSeenAt, now), reports: 1 });
  setPhase(fleet, server, phase === "enabled" || phase === "keyless" ? activePhase(fleet, server) : phase);
  scheduleServer(fleet, server);
}

/** Gives the keys of the groups that were not taken up. */
function restoreGroups(fleet: Fleet, { keys, values }: GroupBatch, now: number): GroupKey[] {
  const gone: GroupKey[] = [];
  values.forEach((group, index) => {
    const key = keys[index];
    if (key !== undefined && !restoreGroup(fleet, key, group, now)) gone.push(key);
  });
  return gone;
}

/** Says whether the group was taken up. */
function restoreGroup(
  fleet: Fleet,
  groupKey: GroupKey,
  { server: serverId, namespace, tokenUntil, rooms }: SavedGroup,
  now: number,
): boolean {
  const server = fleet.servers.get(serverId);
  if (!server) return false;
  const tag = rooms[0] === undefined ? toTag(groupKey, server.pool, namespace) : hashTag(rooms[0][0]);
  const group = enterGroup(fleet, { namespace, tag }, server);
  for (const [name, customer, isListed, peers, reservations, others = [0, 0]] of rooms) {
    const listing = isListed ? { listedIn: server.reports, peers } : undefined;
    // How old it is was not kept: it is taken to have all its people.
    const ageMs = Number.POSITIVE_INFINITY;
    const room = enterRoom(fleet, group, { name, customer, ageMs, listing }, server.lastSeenAt);
    if (listing) server.listed = { rooms: server.listed.rooms + 1, peers: server.listed.peers + peers };
    if (reservations.length === 0) continue;
    // As if they had begun now at the latest: whatever clock they are from, they end.
    const latest = now + reservationTimeout(fleet, server);
    const pendingUntil = now + pendingTimeout(fleet, server);
    const unnamed = Array.from({ length: others[0] }, (_, i) => [`${NO_USER}${i}`, others[1]] as const);
    for (const [user, expiresAt] of [...unnamed, ...reservations])
      reserve(fleet, room, user, Math.min(expiresAt, latest), Math.min(expiresAt, pendingUntil));
    recount(fleet, room);
  }
  if (tokenUntil > now) keepBinding(fleet, group, Math.min(tokenUntil, now + fleet.policy.tokenUsableMs));
  dropGroupIfIdle(fleet, group, now);
  return group.slot >= 0;
}

/** Tasks that went out may have been lost with the connection, or not: as after any reply that was not acknowledged. */
function restoreTask(fleet: Fleet, id: TaskId, saved: SavedTask): void {
  const server = fleet.servers.get(saved.server);
  if (!server) return;
  const entry = { ...saved, id, bytes: JSON.stringify(saved.task).length };
  (entry.sends > 0 ? server.queue.sent : server.queue.waiting).push(entry);
  server.queue.bytes += entry.bytes;
  fleet.nextTaskId = Math.max(fleet.nextTaskId, id + 1);
}

/** What was not taken up is not to be kept any longer. */
function forgetWhatIsGone(fleet: Fleet, saved: SavedState, gone: readonly GroupKey[]): void {
  const { servers, goneGroups, bans, tasks } = fleet.changes;
  for (const [id] of saved.servers) if (!fleet.servers.has(id)) servers.set(id, undefined);
  for (const key of gone) goneGroups.add(key);
  for (const [key, { untilMs }] of saved.bans) if (untilMs <= fleet.advancedAt) bans.set(key, undefined);
  for (const [id, { server }] of saved.tasks) if (!fleet.servers.has(server)) tasks.set(id, undefined);
}
