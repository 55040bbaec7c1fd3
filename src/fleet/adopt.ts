import { advance } from "./advance.ts";
import { refreshCandidate, syncCandidate } from "./candidates.ts";
import { noteListing } from "./changes.ts";
import { takeLoad } from "./client-cost.ts";
import { noteEmptied } from "./drain.ts";
import { toServerRef } from "./events.ts";
import { toRoomKey } from "./ids.ts";
import type { Group, Room } from "./room.ts";
import { attributeRoom, bindGroup, closeRoomIfEmpty, dropGroupIfIdle, moveGroup, openRoom } from "./rooms.ts";
import type { SavedServer } from "./saved-state.ts";
import { activePhase, findOrCreateServer, scheduleServer, setPhase, setTags, silenceLimit } from "./servers.ts";
import { findRoomIn, findTagged, roomsOf } from "./spaces.ts";
import type { Fleet, Server } from "./state.ts";
import { recount, setPeers, takePeers } from "./usage.ts";

/** Rooms of one hash tag, as another gateway has them. */
export interface SharedGroup {
  readonly pool: string;
  readonly namespace: string;
  readonly tag: string;
}

/** A room as a server lists it, by the word of another gateway; without peers if it lists it no longer. */
export interface SharedListing {
  readonly name: string;
  readonly customer: string;
  readonly peers: number | undefined;
}

/** What another gateway knows of a server from its last report. */
export interface SharedServer {
  readonly known: SavedServer;
  /** Milliseconds since it reported. */
  readonly silentMs: number;
  readonly listed: { readonly rooms: number; readonly peers: number };
  /** Peers that were shown for the first time, and how many of them had a token of ours; absent if it has not reported. */
  readonly report?: { readonly joins: number; readonly seen: number } | undefined;
}

/** Binds the group to the server, wherever it was bound before, as the shared state has it. */
export function adoptBinding(
  fleet: Fleet,
  { pool, namespace, tag }: SharedGroup,
  server: Server,
  tokensAreVoid?: boolean,
): Group {
  const group = findTagged(fleet, pool, namespace, tag);
  if (!group) return bindGroup(fleet, { namespace, tag }, server);
  if (group.server !== server) {
    forgetStrays(server, namespace, roomsOf(group));
    fleet.events.push({ type: "rooms.moved", pool, from: group.server.endpoint, to: server.endpoint, groups: 1 });
    moveGroup(fleet, group, server, tokensAreVoid);
  }
  return group;
}

/** Forgets which of the rooms the server listed while they were elsewhere: others do not know that, so its next report is to tell. */
export function forgetStrays(server: Server, namespace: string, rooms: readonly { readonly name: string }[]): void {
  if (server.strays.size === 0) return;
  for (const { name } of rooms) server.strays.delete(toRoomKey(server.pool, namespace, name));
}

/**
 * Takes over what a server's report to another gateway says of rooms of a group that is bound to it. Where they are no
 * `arrivals`, as when the group has just moved there, its peers take nobody's slot.
 */
export function adoptListings(
  fleet: Fleet,
  group: Group,
  listings: readonly SharedListing[],
  now: number,
  areArrivals = true,
): void {
  // As if its first report to this gateway were behind it: the next one tells what it lists no more.
  const listedIn = Math.max(1, group.server.reports);
  group.server.reports = listedIn;
  for (const { name, customer, peers } of listings) {
    const room = findRoomIn(group, name);
    if (peers === undefined) {
      if (room) unlist(fleet, room);
    } else if (room) {
      if (room.listedIn === 0 || room.peers !== peers) noteListing(fleet, group.server);
      room.listedIn = listedIn;
      if (areArrivals) takePeers(fleet, room, peers);
      else setPeers(room, peers);
      recount(fleet, room);
    } else {
      const listing = { listedIn, peers };
      attributeRoom(fleet, openRoom(fleet, group, { name, customer, listing }, now), customer);
    }
  }
  dropGroupIfIdle(fleet, group, now);
  refreshCandidate(fleet, group.server, now);
}

function unlist(fleet: Fleet, room: Room): void {
  if (room.listedIn > 0) noteListing(fleet, room.group.server);
  room.listedIn = 0;
  setPeers(room, 0);
  if (!closeRoomIfEmpty(fleet, room)) recount(fleet, room);
}

/** Takes over what another gateway knows of a server. `now` is in epoch milliseconds. */
export function adoptServer(fleet: Fleet, shared: SharedServer, now: number): Server {
  advance(fleet, now);
  const { known, silentMs, listed, report } = shared;
  const { pool, endpoint, phase, tags, ownTags, firstSeenAt: _, lastSeenAt: __, ...rest } = known;
  const server = findOrCreateServer(fleet, pool, endpoint, now - silentMs);
  const before = { phase: server.phase, keys: server.keys };
  const lastSeenAt = Math.max(server.lastSeenAt, now - silentMs);
  // Where JSON has nothing, there is nothing.
  Object.assign(server, { draining: undefined, keys: undefined }, rest, { ownTags, lastSeenAt, listed });
  server.reports = Math.max(1, server.reports);
  setTags(fleet, server, tags, now);
  fleet.changes.servers.set(server.id, server);
  if (before.phase === "registered" || !isSameList(before.keys, server.keys))
    fleet.events.push({ type: "server.registered", server: toServerRef(server), keys: server.keys ?? [] });
  // Whoever has only heard it ask for its config, or heard nothing lately, knows less than one who heard it report.
  const isSilent = now - Math.max(lastSeenAt, fleet.listeningSince) >= silenceLimit(fleet, server);
  if (phase === "enabled" || phase === "keyless")
    setPhase(fleet, server, isSilent ? "disabled" : activePhase(fleet, server));
  syncCandidate(fleet, server, now);
  // It has told another gateway what it lists by now.
  if (report) server.strays.clear();
  if (report) takeLoad(fleet, server, report.seen, report.joins);
  refreshCandidate(fleet, server, now);
  noteEmptied(fleet, server, now);
  scheduleServer(fleet, server);
  return server;
}

function isSameList(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a?.length === b?.length && (a ?? []).every((item, index) => item === b?.[index]);
}
