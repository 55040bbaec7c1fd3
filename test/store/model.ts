import { expect, test } from "bun:test";
import fc from "fast-check";
import { RpcError } from "../../src/errors.ts";
import { hashTag } from "../../src/fleet/ids.ts";
import { countReservations, reservationsOf } from "../../src/fleet/reservations.ts";
import { findGroup, roomsOf } from "../../src/fleet/spaces.ts";
import type { Fleet } from "../../src/fleet/state.ts";
import type { Awaitable, FleetStore } from "../../src/fleet/store.ts";
import type { Task } from "../../src/fleet/tasks.ts";
import type { StoreWorld } from "./conformance.ts";
import { type Action, type ModelWorkload, ROOMS, SERVERS } from "./model-actions.ts";

/** Gateways on one fleet, with a look into what each of them knows. */
export interface ModelWorld extends StoreWorld {
  readonly now: () => number;
  readonly fleets: () => readonly [Fleet, ...Fleet[]];
  /** Has a gateway begin anew without anything that it knew; absent where nobody else knows it. */
  readonly restart?: (gateway: number) => Promise<void>;
  /** What the shared state counts of the customer, where there is one. */
  readonly count?: () => Promise<Usage>;
}

/** What a customer uses. */
export interface Usage {
  readonly peers: number;
  readonly rooms: number;
}

/** A server keeps its peers over a network failure; after it, its next report comes on another connection. */
interface ModelServer {
  readonly endpoint: string;
  alive: boolean;
  connection: number;
  readonly rooms: Map<string, { openedAt: number; users: Set<string> }>;
  readonly executed: number[];
}

const MAX_PEERS = 6;
const MAX_ROOMS = 3;
/** How long a slot is held. */
const SLOT_MS = 15_000;
const SETTLE_ROUNDS = 4;
let exchange = 1;

/** Has anybody do anything at any gateway, some of it at once, and checks after each step that all know the same and that it is right. */
export function testStoreByModel(
  name: string,
  create: () => Promise<ModelWorld>,
  { steps, numRuns, timeoutMs, seed }: ModelWorkload,
): void {
  test(
    `${name}: in any run, rooms stay whole, limits hold, usage is the sum of the reports, and every acknowledged task arrives`,
    async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (run) => {
          await using world = await create();
          const model = createModel(world);
          await model.begin();
          for (const step of run) await model.take(step);
          await model.end();
        }),
        { numRuns, ...(seed !== undefined && { seed }) },
      );
    },
    timeoutMs,
  );
}

/** The world outside of the gateways, kept without their help. */
function createModel(world: ModelWorld) {
  const servers: ModelServer[] = SERVERS.map((endpoint) => ({
    endpoint,
    alive: true,
    connection: 0,
    rooms: new Map(),
    executed: [],
  }));
  /** By server: the rooms of its last report, and their peers. */
  const shown = new Map<string, ReadonlyMap<string, number>>();
  const tokens: { endpoint: string; room: string; user: string }[] = [];
  const bans = new Map<string, number>();
  const acknowledged: number[] = [];
  const reporting = new Set<ModelServer>();
  let before: Usage = { peers: 0, rooms: 0 };
  let updates = 0;
  /** From when on all know the same of who is on the way. */
  let exactFrom = 0;

  const at = (gateway: number): FleetStore => world.stores[gateway % world.stores.length] ?? world.stores[0];
  const toTarget = (room: string) => ({ customer: "acme", namespace: "acme", room });

  async function run(action: Action): Promise<void> {
    const target = "server" in action ? servers[action.server] : undefined;
    switch (action.do) {
      case "connect":
        await connect(at(action.gateway), action.room, action.user);
        break;
      case "join":
        join(action.token);
        break;
      case "leave":
        if (target) leave(target, action.room, action.user);
        break;
      case "report":
        // A server sends its next report when the one before was answered, or its connection is lost.
        if (target?.alive && !reporting.has(target)) await report(action.gateway, target, action.fate);
        break;
      case "kill":
        target?.rooms.clear();
        if (target) target.alive = false;
        break;
      case "cutOff":
        if (target) target.alive = false;
        break;
      case "start":
        if (target && !target.alive) target.connection++;
        if (target) target.alive = true;
        break;
      case "close": {
        const call = { ...toTarget(action.room), banSec: action.banSec };
        await kick(action.room, action.banSec, () => at(action.gateway).closeRoom(call));
        break;
      }
      case "ban": {
        const call = { ...toTarget(action.room), user: action.user, banSec: action.banSec };
        await kick(`${action.room}\n${action.user}`, action.banSec, () => at(action.gateway).banClient(call));
        break;
      }
      case "update": {
        const id = updates++;
        const call = { ...toTarget(action.room), userData: [id] };
        if (await succeeds(() => at(action.gateway).updateRoom(call))) acknowledged.push(id);
        break;
      }
      case "restart":
        await world.restart?.(action.gateway % world.stores.length);
        break;
      case "sleep":
        await world.pass(action.ms);
    }
  }

  async function connect(store: FleetStore, room: string, user: string): Promise<void> {
    const startedAt = world.now();
    const rooms = [room];
    const limits = { maxPeers: MAX_PEERS, maxRooms: MAX_ROOMS };
    const base = { pool: "default", ...toTarget(room), limits, preferredServer: undefined, tags: [] };
    await succeeds(async () => {
      const { endpoint } = await store.admit({ ...base, user, rooms });
      tokens.unshift({ endpoint, room, user });
      for (const key of [room, `${room}\n${user}`]) {
        const until = bans.get(key) ?? 0;
        // One that was put in force meanwhile may have come later.
        if (until > world.now() && begun.get(key) !== undefined && (begun.get(key) ?? 0) < startedAt)
          throw new Error(`${user} was let into ${room}, from which they are banned`);
      }
    });
  }

  /** When bans were asked for. */
  const begun = new Map<string, number>();

  async function kick(ban: string, seconds: number, call: () => Awaitable<void>): Promise<void> {
    const until = world.now() + seconds * 1_000;
    // One that ends sooner than the one before may do so before its call is answered.
    if (until < (bans.get(ban) ?? 0)) bans.set(ban, until);
    if (!(await succeeds(call)) && seconds > 0) return;
    bans.set(ban, until);
    begun.set(ban, world.now());
  }

  function join(index: number): void {
    const token = tokens[index];
    const target = servers.find(({ endpoint }) => endpoint === token?.endpoint);
    if (!token || !target?.alive) return;
    const hosted = target.rooms.get(token.room) ?? { openedAt: world.now(), users: new Set<string>() };
    target.rooms.set(token.room, hosted);
    hosted.users.add(token.user);
  }

  function leave(target: ModelServer, name: string, user: string): void {
    const hosted = target.rooms.get(name);
    hosted?.users.delete(user);
    if (hosted?.users.size === 0) target.rooms.delete(name);
  }

  async function report(gateway: number, target: ModelServer, fate: "good" | "replyLost"): Promise<void> {
    const { endpoint } = target;
    const rooms = [...target.rooms].map(([name, { users, openedAt }]) => ({
      namespace: "acme",
      name,
      customer: "acme",
      peers: users.size,
      ageMs: world.now() - openedAt,
    }));
    shown.set(endpoint, new Map(rooms.map(({ name, peers }) => [name, peers])));
    const base = { pool: "default", endpoint, version: "1", load: 0, clients: 0, exchange: exchange++ };
    reporting.add(target);
    const connection = `${endpoint} ${gateway % world.stores.length} ${target.connection}`;
    const tasks = await at(gateway).report({ ...base, rooms, connection });
    reporting.delete(target);
    if (fate === "replyLost") target.connection++;
    else for (const task of tasks) execute(gateway, target, task);
  }

  function execute(gateway: number, target: ModelServer, task: Task): void {
    const [, name] = task.id;
    const fleet = world.fleets()[gateway % world.stores.length] ?? world.fleets()[0];
    if (task.task === "RoomClose") target.rooms.delete(name);
    if (task.task === "RoomBanClient") leave(target, name, task.user_id);
    // Delivered to a server that no longer has the room, a task has not arrived.
    const boundTo = findGroup(fleet, "default", "acme", name)?.server.endpoint ?? target.endpoint;
    if (task.task === "RoomUpdate" && boundTo === target.endpoint) target.executed.push(...task.user_data);
  }

  function check(): void {
    for (const fleet of world.fleets()) {
      const usage = sumUp(fleet, shown);
      const counted = fleet.usages.get("acme");
      expect({ peers: (counted?.peers ?? 0) + (counted?.reserved ?? 0), rooms: counted?.rooms ?? 0 }).toEqual(usage);
      for (const server of fleet.servers.values())
        for (const room of shown.get(server.endpoint)?.keys() ?? [])
          expect(findGroup(fleet, "default", "acme", room)).toBeDefined();
    }
    const isExact = world.now() > exactFrom;
    const [first, ...others] = world.fleets();
    for (const other of others) expect(describe(other, isExact)).toEqual(describe(first, isExact));
  }

  async function take(step: readonly Action[]): Promise<void> {
    await Promise.all(step.map(run));
    await world.settle();
    if (isRace(step)) exactFrom = world.now() + SLOT_MS;
    check();
    const summed = sumUp(world.fleets()[0], shown);
    const usage = (await world.count?.()) ?? summed;
    if (world.now() > exactFrom) expect(usage).toEqual(summed);
    if (step.every((action) => action.do === "connect")) {
      // A slot that was held already is no new one, so only the bound that a new slot has to keep is checked.
      expect(usage.rooms).toBeLessThanOrEqual(Math.max(MAX_ROOMS, before.rooms));
      expect(usage.peers).toBeLessThanOrEqual(Math.max(MAX_PEERS, before.peers));
    }
    before = usage;
  }

  /** All servers come back and report until nothing changes any more. */
  async function end(): Promise<void> {
    for (const index of servers.keys()) await run({ do: "start", server: index });
    for (let round = 0; round < SETTLE_ROUNDS; round++) {
      await world.pass(1_000);
      for (const [index, each] of servers.entries()) {
        await report(round + index, each, "good");
        await world.settle();
        check();
      }
    }
    const executed = new Set(servers.flatMap((each) => each.executed));
    expect(acknowledged.filter((id) => !executed.has(id))).toEqual([]);
    for (const tag of new Set(ROOMS.map(hashTag))) {
      const hosts = servers.filter(({ rooms }) => [...rooms.keys()].some((room) => hashTag(room) === tag));
      expect(hosts.length).toBeLessThanOrEqual(1);
      const [host] = hosts;
      if (!host) continue;
      for (const fleet of world.fleets())
        expect(findGroup(fleet, "default", "acme", tag)?.server.endpoint).toBe(host.endpoint);
    }
  }

  return {
    /** Two reports on one connection: these servers are known to keep theirs. */
    async begin() {
      for (const [index, each] of [...servers.entries(), ...servers.entries()]) {
        await report(index, each, "good");
        await world.settle();
      }
    },
    take,
    end,
  };
}

/** The customer's usage, from what was reported and reserved, added up room by room. */
function sumUp(fleet: Fleet, shown: ReadonlyMap<string, ReadonlyMap<string, number>>): Usage {
  const usage = { peers: 0, rooms: 0 };
  for (const { phase, endpoint, groups } of fleet.servers.values()) {
    if (phase !== "enabled") continue;
    for (const room of groups.flatMap(roomsOf)) {
      usage.rooms++;
      usage.peers += (shown.get(endpoint)?.get(room.name) ?? 0) + (room.traffic ? countReservations(room.traffic) : 0);
    }
  }
  return usage;
}

/**
 * Says whether a user asks for a slot in the moment in which a report shows somebody: the gateway that has it may take the slot
 * for one that is still held, until it would have ended.
 */
function isRace(step: readonly Action[]): boolean {
  return step.some((action) => action.do === "connect") && step.some((action) => action.do === "report");
}

/** What all gateways have to know the same of; the rooms, which slots may hold, only if that is `exact`. */
function describe(fleet: Fleet, exact: boolean): object {
  const servers = [...fleet.servers.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    servers: servers.map(({ endpoint, phase }) => `${endpoint} ${phase}`),
    rooms: servers.flatMap(({ endpoint, groups }) =>
      (exact ? groups : [])
        .flatMap(roomsOf)
        .map(({ name, peers, listedIn, traffic }) => {
          const users = (traffic ? reservationsOf(traffic) : []).map(({ user }) => user).sort();
          return `${endpoint} ${name} ${listedIn > 0 ? peers : "unlisted"} ${users}`;
        })
        .sort(),
    ),
    groups: servers.flatMap(({ endpoint, groups }) => groups.map(({ tag }) => `${endpoint} ${tag}`).sort()),
    bans: [...fleet.bans.values()]
      .flatMap(({ name, room, users }) => [
        ...(room ? [name] : []),
        ...[...users.keys()].map((user) => `${name} ${user}`),
      ])
      .sort(),
  };
}

async function succeeds(call: () => unknown): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (error instanceof RpcError && error.error !== "unavailable" && error.error !== "internal") return false;
    throw error;
  }
}
