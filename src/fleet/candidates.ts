import { countCost, MAX_COUNTED_LOAD } from "./client-cost.ts";
import { estimateLoad } from "./estimate.ts";
import { createJoinCounts, type JoinCounts } from "./joins.ts";
import type { PlacementPolicy } from "./placement-policy.ts";
import type { Fleet, Server } from "./state.ts";
import { weigh } from "./weigh.ts";
import { createWeightTree, type WeightTree } from "./weight-tree.ts";

/** Servers of a pool that carry the same tags, among which new rooms are placed. */
export interface CandidateSet {
  readonly tags: readonly string[];
  /** By slot. */
  readonly servers: Server[];
  /** By slot: weight in a draw, as it was when something last happened to the server. */
  readonly weights: WeightTree;
  /** By slot: estimated load at that time. */
  estimates: Float64Array;
  /** Sum of the estimates, as far as they count. */
  total: number;
  /** The slot whose turn it is. */
  turn: number;
}

/** All candidates of a pool. */
export interface PoolCandidates {
  readonly all: CandidateSet;
  /** By tags: those who carry them, for every list of tags that was asked for. */
  readonly tagged: Map<string, CandidateSet>;
  /** Load and clients of those whose load tells what a client costs. */
  load: number;
  clients: number;
  /** Joins that reports showed, of late, and how many of them had a token of ours. */
  readonly joins: JoinCounts;
}

/** Where a server stands in a set. */
export interface CandidatePlace {
  readonly set: CandidateSet;
  slot: number;
}

/** Lists of tags that are asked for come from the config; if there were ever more, the sets are made anew. */
const MAX_TAGGED_SETS = 1_000;

/** The slot of a server in the set; -1 if it is not in it. */
export function slotIn(set: CandidateSet, { standing }: Server): number {
  for (const place of standing.places) if (place.set === set) return place.slot;
  return -1;
}

/** Says whether new rooms are placed on the server: it is enabled, and nobody wants it empty. */
export function isCandidate({ phase, draining }: Server): boolean {
  return phase === "enabled" && draining === undefined;
}

/** Says whether the server carries all of the tags. */
export function carriesAll(server: Pick<Server, "tags">, tags: readonly string[]): boolean {
  return tags.every((tag) => server.tags.includes(tag));
}

/** Enters the server among the candidates of its pool, or takes it out, as its phase says. */
export function syncCandidate(fleet: Fleet, server: Server, now: number): void {
  const isThere = server.standing.places.length > 0;
  if (isCandidate(server) === isThere) return;
  if (isThere) {
    removeCandidate(fleet, server);
    return;
  }
  const pool = findOrCreatePool(fleet, server.pool);
  // To a gateway that has just begun to listen everyone is new, and so nobody.
  const isNew = now - fleet.listeningSince > fleet.policy.placement.slowStartMs;
  server.standing.since = isNew ? now : Number.NEGATIVE_INFINITY;
  for (const set of [pool.all, ...pool.tagged.values()]) if (carriesAll(server, set.tags)) enter(set, server);
  refreshCandidate(fleet, server, now);
}

/** Takes the server out of all sets. */
export function removeCandidate(fleet: Fleet, server: Server): void {
  const pool = fleet.candidates.get(server.pool);
  if (pool) countCost(pool, server, false);
  for (const { set, slot } of server.standing.places) {
    const lastSlot = set.servers.length - 1;
    const last = set.servers.pop();
    const moved = last?.standing.places.find((place) => place.set === set);
    if (last && moved && last !== server) {
      moved.slot = slot;
      set.servers[slot] = last;
      set.weights.set(slot, set.weights.get(lastSlot));
      writeEstimate(set, slot, set.estimates[lastSlot] ?? 0);
    }
    set.weights.set(lastSlot, 0);
    writeEstimate(set, lastSlot, 0);
  }
  server.standing.places.length = 0;
}

/** Takes note that something happened to the server: its weight and estimate are reckoned anew. */
export function refreshCandidate(fleet: Fleet, server: Server, now: number): void {
  const { standing } = server;
  const pool = fleet.candidates.get(server.pool);
  if (!pool || standing.places.length === 0) return;
  countCost(pool, server, true);
  const load = estimateLoad(fleet, server, now);
  for (const { set, slot } of standing.places) writeEstimate(set, slot, load);
  standing.isOut = load > limitOf(fleet.policy.placement, pool.all, standing.isOut);
  const weight = weigh(fleet, server, load, now);
  for (const { set, slot } of standing.places) set.weights.set(slot, weight);
}

/** The estimated load above which the server gets no new rooms at the moment. */
export function findLimit(fleet: Fleet, { pool, standing }: Server): number {
  const all = fleet.candidates.get(pool)?.all;
  const { placement } = fleet.policy;
  return all && all.servers.length > 0 ? limitOf(placement, all, standing.isOut) : placement.maxLoad;
}

/**
 * The load above which a server is out. Where all are to be used whatever they carry, one that is no worse than its pool
 * stays in: with few left, those few would get everything.
 */
function limitOf(policy: PlacementPolicy, { total, servers }: CandidateSet, isOut: boolean): number {
  const { maxLoad, resumeLoad, maxOverMean, overload } = policy;
  const own = isOut ? resumeLoad : maxLoad;
  if (overload === "refuse") return own;
  const mean = total / servers.length;
  return Math.max(own, isOut ? mean : mean + maxOverMean);
}

/** The candidates of a pool that carry all of the tags. */
export function findCandidates(fleet: Fleet, poolName: string, tags: readonly string[]): CandidateSet {
  const pool = findOrCreatePool(fleet, poolName);
  if (tags.length === 0) return pool.all;
  const key = JSON.stringify(tags);
  const known = pool.tagged.get(key);
  if (known) return known;
  if (pool.tagged.size >= MAX_TAGGED_SETS) dropTaggedSets(fleet);
  const set = createSet(tags);
  pool.tagged.set(key, set);
  for (const server of pool.all.servers) {
    if (!carriesAll(server, tags)) continue;
    enter(set, server);
    refreshCandidate(fleet, server, fleet.advancedAt);
  }
  return set;
}

/** Forgets for which tags it was asked. */
export function dropTaggedSets(fleet: Fleet): void {
  for (const { all, tagged } of fleet.candidates.values()) {
    tagged.clear();
    for (const { standing } of all.servers)
      standing.places.splice(0, standing.places.length, ...standing.places.filter(({ set }) => set === all));
  }
}

function findOrCreatePool(fleet: Fleet, name: string): PoolCandidates {
  const known = fleet.candidates.get(name);
  if (known) return known;
  const pool: PoolCandidates = {
    all: createSet([]),
    tagged: new Map(),
    load: 0,
    clients: 0,
    joins: createJoinCounts(),
  };
  fleet.candidates.set(name, pool);
  return pool;
}

function createSet(tags: readonly string[]): CandidateSet {
  return { tags, servers: [], weights: createWeightTree(), estimates: new Float64Array(8), total: 0, turn: 0 };
}

function enter(set: CandidateSet, server: Server): void {
  server.standing.places.push({ set, slot: set.servers.push(server) - 1 });
}

/** No server is worth more than two full ones: a single report that is wrong would speak for all of its pool. */
function toCounted(estimate: number): number {
  return Math.min(estimate, MAX_COUNTED_LOAD);
}

function writeEstimate(set: CandidateSet, slot: number, estimate: number): void {
  if (slot >= set.estimates.length) {
    const longer = new Float64Array(2 * slot);
    longer.set(set.estimates);
    set.estimates = longer;
  }
  set.total += toCounted(estimate) - toCounted(set.estimates[slot] ?? 0);
  set.estimates[slot] = estimate;
}
