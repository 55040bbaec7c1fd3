import { expect, test } from "bun:test";
import fc from "fast-check";
import { RpcError } from "../../src/errors.ts";
import type { Fleet } from "../../src/fleet/state.ts";
import type { FleetStore } from "../../src/fleet/store.ts";
import { createBanRecord } from "./ban-record.ts";
import { expectAgreement, expectOneHost } from "./expect-agreement.ts";
import { hostOf } from "./host-of.ts";
import { type Action, type ModelWorkload, SERVERS } from "./model-actions.ts";
import { createModelServer, execute, joinRoom, leaveRoom, type ModelServer, toReport } from "./model-server.ts";
import type { StoreWorld } from "./store-world.ts";
import { type Shown, sumUpUsage, type Usage } from "./sum-up-usage.ts";

/** Gateways on one fleet, with a look into what each of them knows. */
export interface ModelWorld extends StoreWorld {
  readonly now: () => number;
  readonly fleets: () => readonly [Fleet, ...Fleet[]];
  /** Has a gateway begin anew without anything that it knew; absent where nobody else knows it. */
  readonly restart?: (gateway: number) => Promise<void>;
  /** Whether what servers list of others' rooms is unknown after that. */
  readonly forgetsStrays?: boolean;
  /** What the shared state counts of the customer, where there is one. */
  readonly count?: () => Promise<Usage>;
  /** Throws if anything else is not as it has to be after every step. */
  readonly check?: (shown: Shown) => void;
}

const MAX_PEERS = 6;
const MAX_ROOMS = 3;
/** How long a slot is held. */
const SLOT_MS = 15_000;
const SETTLE_ROUNDS = 4;

/** Checks a store by `checkByModel`, in a test of its own. */
export function testStoreByModel(
  name: string,
  create: () => Promise<ModelWorld>,
  { timeoutMs, ...workload }: ModelWorkload & { readonly timeoutMs: number },
): void {
  test(
    `${name}: in any run, rooms stay whole, limits hold, usage is the sum of the reports, and every acknowledged task arrives`,
    () => checkByModel(create, workload),
    timeoutMs,
  );
}

/** Has anybody do anything at any gateway, some of it at once, and checks after each step that all know the same and that it is right. */
export async function checkByModel(
  create: () => Promise<ModelWorld>,
  { steps, numRuns, seed }: ModelWorkload,
): Promise<void> {
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
}

/** The world outside of the gateways, kept without their help. */
function createModel(world: ModelWorld) {
  const servers = SERVERS.map(createModelServer);
  const shown = new Map<string, ReadonlyMap<string, number>>();
  const tokens: { endpoint: string; room: string; user: string }[] = [];
  const bans = createBanRecord(world.now);
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
        if (target) leaveRoom(target, action.room, action.user);
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
        await bans.ask(action.room, action.banSec, () => succeeds(() => at(action.gateway).closeRoom(call)));
        break;
      }
      case "ban": {
        const call = { ...toTarget(action.room), user: action.user, banSec: action.banSec };
        const key = `${action.room}\n${action.user}`;
        await bans.ask(key, action.banSec, () => succeeds(() => at(action.gateway).banClient(call)));
        break;
      }
      case "update": {
        const id = updates++;
        const call = { ...toTarget(action.room), userData: [id] };
        if (await succeeds(() => at(action.gateway).updateRoom(call))) acknowledged.push(id);
        break;
      }
      case "restart":
        await restart(action.gateway % world.stores.length);
        break;
      case "sleep":
        await world.pass(action.ms);
    }
  }

  async function connect(store: FleetStore, room: string, user: string): Promise<void> {
    const banned = [room, `${room}\n${user}`].filter(bans.isInForce);
    const rooms = [room];
    const limits = { maxPeers: MAX_PEERS, maxRooms: MAX_ROOMS };
    const base = { pool: "default", ...toTarget(room), limits, preferredServer: undefined, tags: [] };
    await succeeds(async () => {
      const { endpoint } = await store.admit({ ...base, user, rooms });
      tokens.unshift({ endpoint, room, user });
      if (banned.some(bans.isInForce)) throw new Error(`${user} was let into ${room}, from which they are banned`);
    });
  }

  function join(index: number): void {
    const token = tokens[index];
    const target = servers.find(({ endpoint }) => endpoint === token?.endpoint);
    if (token && target?.alive) joinRoom(target, token.room, token.user, world.now());
  }

  async function report(gateway: number, target: ModelServer, fate: "good" | "replyLost"): Promise<void> {
    const index = gateway % world.stores.length;
    const fleet = world.fleets()[index] ?? world.fleets()[0];
    const sent = toReport(target, index, world.now());
    shown.set(target.endpoint, new Map(sent.rooms.map(({ name, peers }) => [name, peers])));
    reporting.add(target);
    const tasks = await at(index).report(sent);
    reporting.delete(target);
    if (fate === "replyLost") target.connection++;
    else for (const task of tasks) execute(target, task, hostOf(fleet, task.id[1]));
  }

  async function restart(gateway: number): Promise<void> {
    await world.restart?.(gateway);
    if (!world.forgetsStrays) return;
    const [fleet] = world.fleets();
    for (const [endpoint, rooms] of shown)
      shown.set(endpoint, new Map([...rooms].filter(([room]) => hostOf(fleet, room) === endpoint)));
  }

  function check(): void {
    expectAgreement(world.fleets(), shown, { exact: world.now() > exactFrom });
    world.check?.(shown);
  }

  async function take(step: readonly Action[]): Promise<void> {
    await Promise.all(step.map(run));
    bans.endStep();
    await world.settle();
    if (isRace(step)) exactFrom = world.now() + SLOT_MS;
    check();
    const summed = sumUpUsage(world.fleets()[0], shown);
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
    expectOneHost(world.fleets(), servers);
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

/**
 * Says whether a user asks for a slot in the moment in which a report shows somebody: the gateway that has it may take the slot
 * for one that is still held, until it would have ended.
 */
function isRace(step: readonly Action[]): boolean {
  return step.some((action) => action.do === "connect") && step.some((action) => action.do === "report");
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
