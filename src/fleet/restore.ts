import { setBan } from "./bans.ts";
import { dropChanges, markEverything, noteListing } from "./changes.ts";
import { hashTag, type ServerId } from "./ids.ts";
import type { Group } from "./room.ts";
import { attributeRoom, dropGroupIfIdle, enterGroup, enterRoom, keepBinding, moveGroup, noteStray } from "./rooms.ts";
import type {
  GroupBatch,
  SavedGroup,
  SavedListing,
  SavedRoom,
  SavedServer,
  SavedSlot,
  SavedState,
  SavedTask,
} from "./saved-state.ts";
import {
  activePhase,
  findOrCreateServer,
  pendingTimeout,
  reservationTimeout,
  scheduleServer,
  setPhase,
  silenceLimit,
} from "./servers.ts";
import { findRoomIn, findTagged } from "./spaces.ts";
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

/** By which times a state is taken up, in epoch milliseconds. */
interface Times {
  /** What was due by then is over. */
  readonly endedUntil: number;
  readonly now: number;
  /** Whether anything ends sooner than what is kept says: the clock was ahead then, or the policy has changed. */
  areShortened: boolean;
}

/** A room to which somebody may still be on the way. */
interface HeldRoom {
  readonly name: string;
  readonly customer: string;
  readonly held: readonly SavedSlot[];
}

/** How old a room is was not kept: it is taken to have all its people. */
const OLD = Number.POSITIVE_INFINITY;

/** Begins the names of those whose names were not kept: no user's does, as it is no Unicode. */
const NO_USER = "\ud800";

/**
 * Takes a kept state up into a fleet that is empty. Servers count as heard of at `now` (epoch milliseconds): the silence
 * in between was our own. Those that would have been removed by now stay away, with their rooms and tasks.
 */
export function restoreFleet(fleet: Fleet, saved: SavedState, now: number): Restored {
  const current = saved.servers.filter(([, server]) => !isOutdated(fleet, server, now));
  for (const [, server] of current) restoreServer(fleet, server, now);
  fleet.groups.reserve(countListed(saved) + saved.groups.count);
  for (const [id, listing] of saved.listings) restoreListing(fleet, id, listing);
  // What had ended by then is over. What was due since may be there still, as no report could show who came.
  const endedUntil = saved.times[0]?.[1] ?? 0;
  const times: Times = { endedUntil, now, areShortened: endedUntil > now };
  const goneRows: number[] = [];
  for (const batch of saved.groups.batches) goneRows.push(...restoreGroups(fleet, batch, times));
  for (const [, { untilMs, ...target }] of saved.bans) setBan(fleet, target, untilMs, now);
  for (const [id, task] of saved.tasks) restoreTask(fleet, id, task);
  // All else is what happened before.
  fleet.events = fleet.events.filter(({ type }) => type === "server.keyless");
  const listings = [...fleet.changes.listings.values()];
  dropChanges(fleet);
  // But not that a listing tells of rooms that are elsewhere.
  for (const server of listings) if (server) noteListing(fleet, server);
  forgetWhatIsGone(fleet, saved, goneRows);
  // What ends sooner now than what is kept says would come back with the next restart.
  if (times.areShortened) markEverything(fleet);
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

function countListed({ listings }: SavedState): number {
  let listed = 0;
  for (const [, parts] of listings) for (const [, , entries] of parts) listed += entries.length / 2;
  return listed;
}

/** Has the server list what it did. Of two that list rooms of one group the first has it: their next reports settle that. */
function restoreListing(fleet: Fleet, id: ServerId, listing: SavedListing): void {
  const server = fleet.servers.get(id);
  if (!server) return;
  const listedIn = server.reports;
  let [rooms, peers] = [server.listed.rooms, server.listed.peers];
  for (const [namespace, customer, entries] of listing)
    for (let i = 0; i + 1 < entries.length; i += 2) {
      const listed = { name: String(entries[i]), peers: Number(entries[i + 1]), listedIn };
      const tag = hashTag(listed.name);
      const known = findTagged(fleet, server.pool, namespace, tag);
      const group: Group = known ?? enterGroup(fleet, { namespace, tag }, server);
      if (group.server !== server) {
        noteStray(server, namespace, listed);
        noteListing(fleet, server);
      } else if (findRoomIn(group, listed.name)) continue;
      else enterRoom(fleet, group, { name: listed.name, customer, ageMs: OLD, listing: listed }, server.lastSeenAt);
      rooms++;
      peers += listed.peers;
    }
  server.listed = { rooms, peers };
}

/** Gives the rows that are of no use any more. */
function restoreGroups(fleet: Fleet, { keys, values }: GroupBatch, times: Times): number[] {
  return keys.filter((row, index) => {
    fleet.nextRow = Math.max(fleet.nextRow, row + 1);
    const saved = values[index];
    return saved !== undefined && !restoreGroup(fleet, row, saved, times);
  });
}

/** Says whether there is something of the group that only this row tells. */
function restoreGroup(fleet: Fleet, row: number, saved: SavedGroup, times: Times): boolean {
  const { endedUntil, now } = times;
  const [serverId, namespace, tag, tokenUntil, ...savedRooms] = saved;
  const server = fleet.servers.get(serverId);
  const rooms = savedRooms.flatMap((room) => toHeldRoom(room, endedUntil) ?? []);
  if (!server || (tokenUntil <= now && rooms.length === 0)) return false;
  const group = findTagged(fleet, server.pool, namespace, tag) ?? enterGroup(fleet, { namespace, tag }, server);
  if (group.kept) return false;
  group.kept = { row, notedIn: undefined };
  // Another server's listing tells of it as well, and there is no knowing which is newer: tokens lead here.
  if (group.server !== server) moveGroup(fleet, group, server);
  for (const room of rooms) restoreRoom(fleet, group, room, times);
  const latest = now + fleet.policy.tokenUsableMs;
  if (tokenUntil > latest) times.areShortened = true;
  if (tokenUntil > now) keepBinding(fleet, group, Math.min(tokenUntil, latest));
  dropGroupIfIdle(fleet, group, now);
  return group.kept !== undefined;
}

/** The room with its slots, without those that are known to have ended; nothing if none is left. */
function toHeldRoom(
  [name, customer, reservations, others = [0, 0]]: SavedRoom,
  endedUntil: number,
): HeldRoom | undefined {
  const unnamed = Array.from({ length: others[0] }, (_, i): SavedSlot => [`${NO_USER}${i}`, others[1]]);
  const held = [...unnamed, ...reservations].filter(([, expiresAt]) => expiresAt > endedUntil);
  return held.length === 0 ? undefined : { name, customer, held };
}

/** Takes up who was on the way to a room, and the room with them. */
function restoreRoom(fleet: Fleet, group: Group, { name, customer, held }: HeldRoom, times: Times): void {
  const { now } = times;
  const { server } = group;
  const room = findRoomIn(group, name) ?? enterRoom(fleet, group, { name, customer, ageMs: OLD }, server.lastSeenAt);
  attributeRoom(fleet, room, customer);
  // As if they had begun now at the latest: whatever clock they are from, they end.
  const latest = now + reservationTimeout(fleet, server);
  const pendingUntil = now + pendingTimeout(fleet, server);
  if (held.some(([, expiresAt]) => expiresAt > latest)) times.areShortened = true;
  for (const [user, expiresAt] of held)
    reserve(fleet, room, user, Math.min(expiresAt, latest), Math.min(expiresAt, pendingUntil));
  recount(fleet, room);
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
function forgetWhatIsGone(fleet: Fleet, saved: SavedState, gone: readonly number[]): void {
  const { servers, listings, goneRows, bans, tasks } = fleet.changes;
  for (const [id] of saved.servers) if (!fleet.servers.has(id)) servers.set(id, undefined);
  for (const [id] of saved.listings) if (!fleet.servers.has(id)) listings.set(id, undefined);
  for (const row of gone) goneRows.add(row);
  for (const [key, { untilMs }] of saved.bans) if (untilMs <= fleet.advancedAt) bans.set(key, undefined);
  for (const [id, { server }] of saved.tasks) if (!fleet.servers.has(server)) tasks.set(id, undefined);
}
