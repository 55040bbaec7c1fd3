import { sendBans } from "./bans.ts";
import { dropTaggedSets, refreshCandidate, removeCandidate, syncCandidate } from "./candidates.ts";
import { type RemovalReason, toServerRef } from "./events.ts";
import { toServerId } from "./ids.ts";
import { createPagedList } from "./paged-list.ts";
import { dropGroup } from "./rooms.ts";
import { roomsBoundTo } from "./spaces.ts";
import { createStanding } from "./standing.ts";
import type { Fleet, FleetPolicy, KeyCheck, Server, ServerCapacity, ServerPhase } from "./state.ts";
import { createTaskQueue, dropBanTasks, queuedTasks } from "./tasks.ts";
import { setInUse } from "./usage.ts";

/** Own report intervals that a server may miss before it counts as silent. */
const MISSED_INTERVALS = 1.5;
/** Own report intervals after which a server that only ever asked for its config is reported as silent. */
const INTERVALS_TO_FIRST_REPORT = 3;
/** A server whose config says more (seconds for milliseconds, say) is not believed: it would never count as dead. */
const MAX_REPORT_INTERVAL_MS = 600_000;
/** What a reservation waits for beyond two reports: a client's time to join. */
const JOIN_TIME_MS = 5_000;

/** What a server tells of itself when it asks for its config. */
export interface Registration {
  readonly pool: string;
  readonly endpoint: string;
  readonly version: string;
  readonly reportIntervalMs: number;
  readonly capacity: ServerCapacity;
  /** Tags of the server's own config. */
  readonly tags: readonly string[];
  /** Tags of the user as whom it calls. */
  readonly userTags?: readonly string[] | undefined;
  /** Ids of the keys that the server is given, newest first. */
  readonly keys: readonly string[];
}

/** The server of that pool and endpoint, made in phase `registered` if it is not known. */
export function findOrCreateServer(fleet: Fleet, pool: string, endpoint: string, now: number): Server {
  const id = toServerId(pool, endpoint);
  const known = fleet.servers.get(id);
  if (known) return known;
  const server: Server = {
    kind: "server",
    id,
    pool,
    endpoint,
    phase: "registered",
    inUse: false,
    version: "",
    capacity: {},
    tags: [],
    ownTags: [],
    keys: undefined,
    reportIntervalMs: fleet.policy.updateIntervalMs,
    keepsConnections: false,
    firstSeenAt: now,
    lastSeenAt: now,
    load: 0,
    clients: 0,
    standing: createStanding(),
    tokensUntil: 0,
    draining: undefined,
    isEmptied: false,
    reports: 0,
    listed: { rooms: 0, peers: 0 },
    shown: { joins: 0, seen: 0 },
    order: [],
    strays: new Map(),
    groups: createPagedList(),
    queue: createTaskQueue(),
    silenceReported: false,
    scheduledFor: Number.POSITIVE_INFINITY,
  };
  fleet.servers.set(id, server);
  fleet.changes.servers.set(id, server);
  scheduleServer(fleet, server);
  return server;
}

/**
 * Takes note of a server that asks for its config, which it does once when it starts. It becomes known to clients with
 * its first report. The bans of rooms that it hosted before go to it again: a restart lost them.
 */
export function registerServer(fleet: Fleet, registration: Registration, now: number): void {
  const { pool, endpoint, version, reportIntervalMs, capacity, tags, userTags = [], keys } = registration;
  const server = findOrCreateServer(fleet, pool, endpoint, now);
  server.version = version;
  server.capacity = capacity;
  server.ownTags = tags;
  setTags(fleet, server, userTags, now);
  server.keys = keys;
  server.reportIntervalMs = Math.min(reportIntervalMs, MAX_REPORT_INTERVAL_MS);
  if (server.phase === "registered") server.lastSeenAt = now;
  if (server.phase === "keyless") setPhase(fleet, server, activePhase(fleet, server));
  syncCandidate(fleet, server, now);
  fleet.changes.servers.set(server.id, server);
  dropBanTasks(fleet, server);
  for (const room of roomsBoundTo(server)) sendBans(fleet, room, server);
  fleet.events.push({ type: "server.registered", server: toServerRef(server), keys });
}

/** Gives the server the tags of the user as whom it calls, beside its own. */
export function setTags(fleet: Fleet, server: Server, userTags: readonly string[], now: number): void {
  const tags = [...new Set([...server.ownTags, ...userTags])];
  if (tags.length === server.tags.length && tags.every((tag, index) => tag === server.tags[index])) return;
  const { since } = server.standing;
  removeCandidate(fleet, server);
  server.tags = tags;
  syncCandidate(fleet, server, now);
  // It is the same server, and no newcomer.
  server.standing.since = since;
  fleet.changes.servers.set(server.id, server);
}

/**
 * Goes on under another policy and with other keys in force: servers whose time is shorter are looked at sooner, and
 * those that hold none of the keys get no clients.
 */
export function setPolicy(fleet: Fleet, policy: FleetPolicy, holdsKey: KeyCheck): void {
  fleet.policy = policy;
  fleet.holdsKey = holdsKey;
  fleet.growsUpAt = 0;
  dropTaggedSets(fleet);
  for (const server of fleet.servers.values()) {
    if (server.phase === "enabled" || server.phase === "keyless") setPhase(fleet, server, activePhase(fleet, server));
    refreshCandidate(fleet, server, fleet.advancedAt);
    scheduleServer(fleet, server);
  }
}

/** Phase of a server that reports. */
export function activePhase(fleet: Fleet, server: Server): "enabled" | "keyless" {
  return fleet.holdsKey(server) ? "enabled" : "keyless";
}

/** Moves the server to another phase; its rooms count, or no longer count, in their customers' usage. */
export function setPhase(fleet: Fleet, server: Server, phase: ServerPhase): void {
  const before = server.phase;
  if (before === phase) return;
  server.phase = phase;
  fleet.changes.servers.set(server.id, server);
  if (phase === "keyless") fleet.events.push({ type: "server.keyless", server: toServerRef(server) });
  if (phase === "enabled" && before !== "registered")
    fleet.events.push({ type: "server.enabled", server: toServerRef(server) });
  const peers = fleet.enabled.get(server.pool) ?? new Set();
  fleet.enabled.set(server.pool, peers);
  if (phase === "enabled") peers.add(server);
  else peers.delete(server);
  setInUse(server, phase === "enabled");
  syncCandidate(fleet, server, fleet.advancedAt);
}

/** Silence in milliseconds after which the server is disabled: a reload of the interval disables nobody. */
export function silenceLimit(fleet: Fleet, server: Pick<Server, "reportIntervalMs">): number {
  return Math.max(fleet.policy.disableTimeoutMs, MISSED_INTERVALS * server.reportIntervalMs);
}

/** How long, in milliseconds, a slot on the server is held for a token that no report shows: two of its reports, and time to join. */
export function reservationTimeout(fleet: Fleet, server: Server): number {
  return Math.max(fleet.policy.reservationTimeoutMs, 2 * server.reportIntervalMs + JOIN_TIME_MS);
}

/** How long, in milliseconds, a token that no report shows counts as load that is to come to the server. */
export function pendingTimeout(fleet: Fleet, server: Server): number {
  const { pendingMs } = fleet.policy.placement;
  if (pendingMs === 0) return 0;
  return Math.min(reservationTimeout(fleet, server), Math.max(pendingMs, 2 * server.reportIntervalMs + JOIN_TIME_MS));
}

/** Makes sure that the server is looked at when its deadline is over, which may have come nearer. */
export function scheduleServer(fleet: Fleet, server: Server): void {
  const at = deadlineOf(fleet, server);
  if (at >= server.scheduledFor) return;
  server.scheduledFor = at;
  fleet.deadlines.add(at, server);
}

/** When the server's state has to be looked at again if it stays silent. */
function deadlineOf(fleet: Fleet, server: Server): number {
  const heardAt = Math.max(server.lastSeenAt, fleet.listeningSince);
  const removeAt = heardAt + Math.max(fleet.policy.removeTimeoutMs, silenceLimit(fleet, server));
  if (server.phase === "enabled" || server.phase === "keyless") return heardAt + silenceLimit(fleet, server);
  if (server.phase === "registered" && !server.silenceReported) {
    return Math.min(removeAt, heardAt + INTERVALS_TO_FIRST_REPORT * server.reportIntervalMs);
  }
  return removeAt;
}

/** Does what the server's silence asks for at `now`: report it, disable it, remove it. */
export function expireServer(fleet: Fleet, server: Server, now: number): void {
  if (server.scheduledFor > now) return;
  server.scheduledFor = Number.POSITIVE_INFINITY;
  if (deadlineOf(fleet, server) <= now) {
    if (server.phase === "enabled" || server.phase === "keyless") {
      setPhase(fleet, server, "disabled");
      fleet.events.push({ type: "server.disabled", server: toServerRef(server), silentMs: now - server.lastSeenAt });
    } else if (server.phase === "registered" && !server.silenceReported) {
      server.silenceReported = true;
      fleet.events.push({ type: "server.silent", server: toServerRef(server) });
    } else {
      removeServer(fleet, server, "silence");
      return;
    }
  }
  scheduleServer(fleet, server);
}

/** Forgets a server and all that is bound to it. */
export function removeServer(fleet: Fleet, server: Server, reason: RemovalReason): void {
  for (const group of [...server.groups]) dropGroup(fleet, group);
  fleet.servers.delete(server.id);
  // It may come back, as another one that is not to end with it.
  server.scheduledFor = Number.POSITIVE_INFINITY;
  fleet.changes.servers.set(server.id, undefined);
  for (const { id } of [...server.queue.sent, ...server.queue.waiting]) fleet.changes.tasks.set(id, undefined);
  fleet.events.push({
    type: "server.removed",
    server: toServerRef(server),
    reason,
    undeliveredTasks: queuedTasks(server.queue),
  });
}
