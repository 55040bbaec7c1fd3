import type { DeltaEvent, FeedServer, FeedTick, FullEvent } from "../../../src/dashboard/feed.ts";

/** Any moment, epoch milliseconds. */
export const NOW = Date.parse("2026-03-02T12:00:00");

/** A server that is as it should be, but for what is given. */
export function createFeedServer(given: Partial<FeedServer> = {}): FeedServer {
  const { pool = "default", endpoint = "sfu1:4433" } = given;
  return {
    id: `${pool} ${endpoint}`,
    pool,
    endpoint,
    state: "enabled",
    load: 0.3,
    estimate: 0.32,
    clients: 240,
    rooms: 40,
    peers: 240,
    pending: 2,
    tasksWaiting: 0,
    tasksSent: 0,
    version: "1.6.0",
    tags: [],
    lastSeenMs: NOW - 1_000,
    drainUntilMs: null,
    loads: [0.3],
    ...given,
  };
}

/** A second in which little went on, but for what is given. */
export function createTick(given: Partial<FeedTick> = {}): FeedTick {
  return {
    at: NOW,
    joins: 0,
    refusals: {},
    p50Ms: null,
    p99Ms: null,
    rooms: 40,
    peers: 240,
    pending: 2,
    loads: [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
    ...given,
  };
}

const STATE = {
  at: NOW,
  unready: [],
  totals: {
    servers: { enabled: 1, full: 0, draining: 0, disabled: 0, keyless: 0, registered: 0 },
    rooms: 40,
    peers: 240,
    clients: 240,
    customers: 1,
    bans: 0,
    tasksWaiting: 0,
  },
  reload: null,
  webhooks: [],
  auditSeq: 0,
};

/** What a page gets first. */
export function createFull(servers: readonly FeedServer[], given: Partial<FullEvent> = {}): FullEvent {
  return { kind: "full", ...STATE, version: "1.0.0", user: "op", pools: ["default"], servers, ticks: [], ...given };
}

/** What a page gets every second after that. */
export function createDelta(servers: readonly FeedServer[], given: Partial<DeltaEvent> = {}): DeltaEvent {
  const changed = servers.map(({ loads: _, ...server }) => server);
  return { kind: "delta", ...STATE, servers: changed, gone: [], tick: createTick(), ...given };
}
