import { expect, test } from "bun:test";
import { RpcError } from "../../src/errors.ts";
import { banClient } from "../../src/fleet/admin.ts";
import { advance } from "../../src/fleet/advance.ts";
import {
  boundChanges,
  countChanges,
  includeTraffic,
  markEverything,
  putChangesBack,
  takeChanges,
  UNLIMITED,
  type WriteLimits,
} from "../../src/fleet/changes.ts";
import { drainServer, undrainServer } from "../../src/fleet/drain.ts";
import { forgetServer } from "../../src/fleet/forget.ts";
import { reservationsOf } from "../../src/fleet/reservations.ts";
import { restoreFleet } from "../../src/fleet/restore.ts";
import { toSavedChanges } from "../../src/fleet/saved-state.ts";
import { roomsOf } from "../../src/fleet/spaces.ts";
import { createFleet, type Fleet } from "../../src/fleet/state.ts";
import { createSeededRandom } from "../../src/sim/random.ts";
import { findKeptFaults } from "./find-faults.ts";
import { connect, createStateMirror, createTestFleet, report, toMeaning, toWholeState } from "./fixture.ts";

const RUNS = 400;
const SERVERS = ["s1", "s2", "s3"] as const;
const ROOMS = ["a", "b", "c", "{m}x", "{m}y", "{n}x", "{n}y"] as const;
const CUSTOMERS = ["acme", "acme", "mallory"] as const;

/** A fleet to which anything happens, and what was written of it. */
function createRun(seed: number, limits: WriteLimits) {
  const random = createSeededRandom(seed);
  const below = (bound: number) => Math.floor(random() * bound);
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T;
  const policy = {
    tokenUsableMs: pick([5_000, 30_000, 600_000]),
    removeTimeoutMs: pick([20_000, 60_000]),
    stallMs: pick([6_000, Number.POSITIVE_INFINITY]),
  };
  const shown = new Map<string, Map<string, number>>(SERVERS.map((server) => [server, new Map()]));
  const mirror = createStateMirror();
  let fleet = createTestFleet(policy, seed);
  let now = 0;
  let underWay: (() => void) | undefined;

  const actions = [
    function reports() {
      const server = pick(SERVERS);
      const rooms = shown.get(server) ?? new Map<string, number>();
      const name = pick(ROOMS);
      if (below(3) === 0) rooms.delete(name);
      else rooms.set(name, below(4));
      const listings = Array.from(rooms, ([room, peers]) => {
        const customer = room === "a" || room === "{m}x" ? pick(CUSTOMERS) : "acme";
        return { namespace: "acme", name: room, customer, peers, ageMs: 60_000 };
      });
      report(fleet, server, {}, now, { rooms: listings });
    },
    function connects() {
      const room = pick(ROOMS);
      const rooms = room.startsWith("{m}") && below(2) === 0 ? ["{m}x", "{m}y"] : room;
      const { endpoint } = connect(fleet, rooms, `u${below(4)}`, now, { customer: pick(CUSTOMERS) });
      const there = shown.get(endpoint);
      if (below(2) === 0) there?.set(room, (there.get(room) ?? 0) + 1);
    },
    function passes() {
      now += pick([100, 1_000, 5_000, 8_000, 15_000]);
      advance(fleet, now);
    },
    function isWritten() {
      if (below(2) === 0) includeTraffic(fleet);
      if (underWay) underWay();
      else {
        const changes = takeChanges(fleet, limits);
        const saved = toSavedChanges(changes);
        const isWell = below(5) > 0;
        underWay = () => {
          underWay = undefined;
          if (isWell) mirror.take(saved);
          else {
            putChangesBack(fleet, changes);
            boundChanges(fleet);
          }
        };
      }
    },
    function isRun() {
      const endpoint = pick(SERVERS);
      const calls = [
        () => drainServer(fleet, { endpoint, deadline: pick([undefined, now]) }, now),
        () => undrainServer(fleet, { endpoint }, now),
        () => forgetServer(fleet, { endpoint }, now),
        () => banClient(fleet, { customer: "acme", namespace: "acme", room: pick(ROOMS), user: "u1", banSec: 30 }, now),
        () => markEverything(fleet),
      ];
      pick(calls)();
    },
  ];
  const often = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4].flatMap((index) => actions[index] ?? []);

  return {
    random,
    now: () => now,
    fleet: () => fleet,
    act() {
      try {
        pick(often)();
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
      }
      expect({ seed, faults: findKeptFaults(fleet) }).toEqual({ seed, faults: [] });
    },
    /** Has all that has changed written, whatever the limits. */
    flush() {
      underWay?.();
      includeTraffic(fleet);
      while (countChanges(fleet.changes) > 0) mirror.take(toSavedChanges(takeChanges(fleet)));
    },
    /** Ends, with whatever is under way, and goes on with what was written. */
    restart() {
      underWay = undefined;
      const next = createFleet(fleet.policy, fleet.random, now);
      restoreFleet(next, mirror.read(), now);
      fleet = next;
    },
    written: () => toMeaning(mirror.read(), now),
    whole: () => toMeaning(toWholeState(fleet), now),
  };
}

/**
 * For each group, on the server where it is, until when tokens for it can be used, and its rooms with who holds a slot in them;
 * without groups of servers that are not `known`, and without what has ended at `now`.
 */
function listPlaces(fleet: Fleet, now: number, known = fleet): string[] {
  const servers = [...fleet.servers.values()].filter(({ id }) => known.servers.has(id));
  const groups = servers.flatMap((server) => [...server.groups]);
  return groups
    .map((group) => {
      const rooms = roomsOf(group).flatMap(({ name, usage, listedIn, peers, traffic }) => {
        const held = traffic ? reservationsOf(traffic).filter(({ expiresAt }) => expiresAt > now) : [];
        if (listedIn === 0 && held.length === 0) return [];
        const users = held.map(({ user }) => user).sort();
        return [`${name} of ${usage.customer}, ${listedIn > 0 ? peers : "not listed"}, for ${users}`];
      });
      const until = Math.max(now, group.tokens?.until ?? 0);
      return `${group.tag} on ${group.server.endpoint}, ${until}: ${rooms.sort().join("; ")}`;
    })
    .sort();
}

test("a restart on all that was written goes on with every binding, room, peer, token and slot", () => {
  for (let seed = 0; seed < RUNS; seed++) {
    const run = createRun(seed, UNLIMITED);
    for (let step = 0; step < 60; step++) {
      run.act();
      if (step % 20 < 19) continue;
      run.flush();
      const [written, whole] = [run.written(), run.whole()];
      expect({ seed, step, written }).toEqual({ seed, step, written: whole });
      const before = run.fleet();
      run.restart();
      const [found, expected] = [listPlaces(run.fleet(), run.now()), listPlaces(before, run.now(), run.fleet())];
      expect({ seed, step, places: found }).toEqual({ seed, step, places: expected });
    }
  }
});

test("a restart on what happened to be written is sound, and the next one finds the same", () => {
  for (let seed = 0; seed < RUNS; seed++) {
    const run = createRun(seed, { groups: 1 + (seed % 3), listedRooms: 1 + (seed % 4) });
    for (let step = 0; step < 60; step++) {
      run.act();
      if (run.random() > 0.04) continue;
      run.restart();
      run.flush();
      expect({ seed, step, written: run.written() }).toEqual({ seed, step, written: run.whole() });
      const before = run.fleet();
      run.restart();
      const [found, expected] = [listPlaces(run.fleet(), run.now()), listPlaces(before, run.now(), run.fleet())];
      expect({ seed, step, places: found }).toEqual({ seed, step, places: expected });
    }
  }
});
