import { type Admission, type AdmitRequest, admit } from "../../src/fleet/admit.ts";
import { includeTraffic, listEverything, takeChanges } from "../../src/fleet/changes.ts";
import { toServerId } from "../../src/fleet/ids.ts";
import type { PlacementPolicy } from "../../src/fleet/placement-policy.ts";
import { type Report, takeReport } from "../../src/fleet/report.ts";
import {
  type SavedChanges,
  type SavedGroup,
  type SavedRoom,
  type SavedState,
  toSavedChanges,
} from "../../src/fleet/saved-state.ts";
import { createFleet, type Fleet, type FleetPolicy, type Server } from "../../src/fleet/state.ts";
import type { Task } from "../../src/fleet/tasks.ts";
import { createSeededRandom } from "../../src/sim/random.ts";

/** The defaults of the product. */
export const PLACEMENT: PlacementPolicy = {
  strategy: "headroom",
  overload: "least-loaded",
  maxLoad: 0.9,
  resumeLoad: 0.8,
  maxOverMean: 0.1,
  clientsPerServer: 500,
  minClients: 20,
  costRange: 4,
  pendingMs: 15_000,
  residue: 0.35,
  growthMs: 60_000,
  maxGrowth: 60,
  slowStartMs: 60_000,
  slowStartShare: 0.1,
};

/** The defaults of the product, but for stalls: literal clocks jump. */
export const POLICY: FleetPolicy = {
  pools: ["default"],
  updateIntervalMs: 5_000,
  disableTimeoutMs: 7_500,
  removeTimeoutMs: 600_000,
  reservationTimeoutMs: 15_000,
  tokenUsableMs: 600_000,
  maxQueuedTasks: 10_000,
  maxQueuedBytes: 16 * 1024 * 1024,
  maxBansPerCustomer: 100_000,
  maxUnverifiedCustomers: 1_000,
  unverifiedPrefix: "demo_",
  stallMs: Number.POSITIVE_INFINITY,
  placement: PLACEMENT,
};

let nextExchange = 1;

/** A fleet without servers at time 0. */
export function createTestFleet(policy: Partial<FleetPolicy> = {}, seed = 1): Fleet {
  return createFleet({ ...POLICY, ...policy }, createSeededRandom(seed), 0);
}

/** A report with defaults for whatever the test does not care about; rooms as name → peers. */
export function report(
  fleet: Fleet,
  endpoint: string,
  rooms: Readonly<Record<string, number>>,
  now: number,
  more: Partial<Report> & { ageMs?: number } = {},
): Task[] {
  const { ageMs = 60_000, ...rest } = more;
  return takeReport(
    fleet,
    {
      pool: "default",
      endpoint,
      version: "1",
      load: 0,
      clients: 0,
      connection: endpoint,
      exchange: nextExchange++,
      rooms: Object.entries(rooms).map(([name, peers]) => ({
        namespace: "acme",
        name,
        customer: "acme",
        peers,
        ageMs,
      })),
      ...rest,
    },
    now,
  );
}

/** The server of that endpoint in the default pool. */
export function findServer(fleet: Fleet, endpoint: string): Server {
  const server = fleet.servers.get(toServerId("default", endpoint));
  if (!server) throw new Error(`no server ${endpoint}`);
  return server;
}

/** A Connect of the customer "acme" without limits, unless the test says otherwise. */
export function connect(
  fleet: Fleet,
  rooms: string | readonly string[],
  user: string,
  now: number,
  more: Partial<AdmitRequest> & { maxPeers?: number; maxRooms?: number } = {},
): Admission {
  const { maxPeers = Number.POSITIVE_INFINITY, maxRooms = Number.POSITIVE_INFINITY, ...rest } = more;
  return admit(
    fleet,
    {
      pool: "default",
      namespace: "acme",
      customer: "acme",
      limits: { maxPeers, maxRooms },
      user,
      rooms: typeof rooms === "string" ? [rooms] : rooms,
      preferredServer: undefined,
      tags: [],
      ...rest,
    },
    now,
  );
}

/** What a store would keep, in the form in which it keeps it. */
export interface StateMirror {
  /** Takes in what has changed since the last call. */
  readonly apply: (fleet: Fleet) => void;
  readonly take: (changes: SavedChanges) => void;
  readonly read: () => SavedState;
}

/** Creates a mirror that holds nothing yet. */
export function createStateMirror(): StateMirror {
  const tables = {
    servers: new Map(),
    listings: new Map(),
    groups: new Map(),
    bans: new Map(),
    tasks: new Map(),
    times: new Map(),
  };
  return {
    apply(fleet) {
      includeTraffic(fleet);
      this.take(toSavedChanges(takeChanges(fleet)));
    },
    take(changes) {
      for (const [table, rows] of Object.entries(tables)) {
        if (changes.isEverything) rows.clear();
        for (const [key, value] of changes[table as keyof typeof tables]) {
          if (value === undefined) rows.delete(key);
          else rows.set(key, JSON.stringify(value));
        }
      }
    },
    read() {
      const list = (rows: Map<string, string>) =>
        [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, json]) => [key, JSON.parse(json)]);
      return {
        servers: list(tables.servers),
        listings: list(tables.listings),
        groups: toSavedGroups(list(tables.groups) as [number, SavedGroup][]),
        bans: list(tables.bans),
        tasks: list(tables.tasks),
        times: list(tables.times),
      } as unknown as SavedState;
    },
  };
}

/** What is kept of a group of "acme" on the server of that endpoint in the default pool. */
export function createSavedGroup(
  endpoint: string,
  tag: string,
  tokenUntil: number,
  ...rooms: readonly SavedRoom[]
): SavedGroup {
  return [toServerId("default", endpoint), "acme", tag, tokenUntil, ...rooms];
}

/** Groups as a kept state has them, in one batch. */
export function toSavedGroups(rows: readonly (readonly [row: number, SavedGroup])[]): SavedState["groups"] {
  const batch = { keys: rows.map(([key]) => key), values: rows.map(([, value]) => value) };
  return { count: rows.length, batches: rows.length === 0 ? [] : [batch] };
}

/**
 * The same state with rooms in an order of their own, as that of a listing, or of a group, means nothing, and without what has
 * ended at `now` by the times that are kept.
 */
export function toMeaning(saved: SavedState, now: number): unknown {
  const listings = saved.listings.map(([id, parts]) => {
    const rooms = parts.flatMap(([namespace, customer, entries]) =>
      entries.flatMap((name, i) => (i % 2 === 0 ? [[namespace, customer, name, entries[i + 1]].join(" ")] : [])),
    );
    return [id, rooms.sort()];
  });
  const groups = [...saved.groups.batches].flatMap(({ keys, values }) =>
    values.map(([server, namespace, tag, tokenUntil, ...rooms], i) => [
      keys[i],
      [server, namespace, tag, Math.max(now, tokenUntil)],
      rooms
        .map(([name, customer, held, others]) => {
          const slots = held.filter(([, expiresAt]) => expiresAt > now);
          return [name, customer, slots, ...(others && others[1] > now ? [others] : [])];
        })
        .filter(([, , ...slots]) => slots.flat().length > 0)
        .sort(([a], [b]) => ((a ?? "") < (b ?? "") ? -1 : 1)),
    ]),
  );
  return { ...saved, listings, groups, times: [] };
}

/** All that is worth keeping of a fleet, read off the fleet itself. */
export function toWholeState(fleet: Fleet): SavedState {
  const mirror = createStateMirror();
  mirror.take(toSavedChanges(listEverything(fleet)));
  return mirror.read();
}
