import { advance } from "./advance.ts";
import { syncCandidate } from "./candidates.ts";
import { toServerRef } from "./events.ts";
import type { Group } from "./room.ts";
import { roomsOn } from "./standing.ts";
import type { Fleet, Server } from "./state.ts";

/** Which server is meant; all of that address if no pool is named. */
export interface DrainTarget {
  readonly endpoint: string;
  readonly pool?: string | undefined;
}

/**
 * Gives the server no new rooms from now on: those it has stay, and so do those who join them. From `deadline` (epoch
 * milliseconds) on, its rooms are closed, so that they move. Asked again, the new deadline counts.
 * Returns how many servers were meant; 0 if none is known.
 */
export function drainServer(
  fleet: Fleet,
  { deadline, ...target }: DrainTarget & { deadline?: number | undefined },
  now: number,
): number {
  advance(fleet, now);
  const servers = findServers(fleet, target);
  for (const server of servers) {
    server.draining = deadline === undefined ? {} : { deadline };
    syncCandidate(fleet, server, now);
    fleet.changes.servers.set(server.id, server);
    server.isEmptied = isEmpty(server, now);
    const { draining, isEmptied } = server;
    fleet.events.push({ type: "server.draining", server: toServerRef(server), ...draining, isEmpty: isEmptied });
  }
  return servers.length;
}

/** Gives the server new rooms again. Returns how many servers were meant; 0 if none is known. */
export function undrainServer(fleet: Fleet, target: DrainTarget, now: number): number {
  advance(fleet, now);
  const servers = findServers(fleet, target);
  for (const server of servers) {
    if (server.draining === undefined) continue;
    server.draining = undefined;
    server.isEmptied = false;
    syncCandidate(fleet, server, now);
    fleet.changes.servers.set(server.id, server);
    fleet.events.push({ type: "server.undrained", server: toServerRef(server) });
  }
  return servers.length;
}

/**
 * Says whether the server has no room, by its last report and by what is bound to it, and nobody has a token that could be
 * used there.
 */
export function isEmpty(server: Server, now: number): boolean {
  return roomsOn(server).rooms === 0 && server.tokensUntil <= now;
}

/** Takes note that a server which drains has nobody any more, once. To be called when it has reported. */
export function noteEmptied(fleet: Fleet, server: Server, now: number): void {
  if (!server.draining || server.isEmptied || !isEmpty(server, now)) return;
  server.isEmptied = true;
  fleet.events.push({ type: "server.emptied", server: toServerRef(server) });
}

/** Says whether the server was to be empty by now, so that its rooms are closed. */
export function isClosing({ draining }: Server, now: number): boolean {
  return draining?.deadline !== undefined && draining.deadline <= now;
}

/**
 * The server to which those go who ask for a room of the group: the one that it is bound to, if that is enabled; but not
 * one that drains, if it hosts no room of the group any more or its time is over.
 */
export function hostOf(group: Group | undefined, now: number): Server | undefined {
  if (group?.server.phase !== "enabled") return undefined;
  const { server, rooms } = group;
  return server.draining && (rooms === undefined || isClosing(server, now)) ? undefined : server;
}

/** The servers that are meant. */
export function findServers(fleet: Fleet, { endpoint, pool }: DrainTarget): Server[] {
  return [...fleet.servers.values()].filter(
    (server) => server.endpoint === endpoint && (pool === undefined || server.pool === pool),
  );
}
