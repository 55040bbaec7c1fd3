import type { Awaitable } from "../../src/awaitable.ts";
import { createDeadlines } from "../../src/fleet/deadlines.ts";
import type { PlacementPolicy } from "../../src/fleet/placement-policy.ts";
import { createSeededRandom, drawExponential } from "../../src/sim/random.ts";
import { createVirtualClock } from "../../src/sim/virtual-clock.ts";
import { createMeasure, type Metrics } from "./measure.ts";
import { createPopulation, drawNormal, type Opening } from "./population.ts";
import type { Scenario } from "./scenarios.ts";
import { createFleets, type WorldGatewayOptions, type WorldGateways } from "./world-gateways.ts";
import { type Client, createWorldServer, join, leave, listRooms, type WorldServer } from "./world-server.ts";

/** What a run is about. */
export interface RunOptions {
  readonly scenario: Scenario;
  readonly policy: PlacementPolicy;
  readonly gateways: number;
  /** Which they are; those that share nothing, if it does not say. */
  readonly createGateways?: (options: WorldGatewayOptions) => Awaitable<WorldGateways>;
  /** Whether the clients of a customer ask one gateway after the other; else each customer has one. */
  readonly isSpread?: boolean;
  readonly seed: number;
  /** Seconds after which the run ends. */
  readonly untilSec: number;
  /** Called every second. */
  readonly onSample?: (servers: readonly WorldServer[], sec: number) => void;
}

const MINUTE = 60_000;
const TICK_MS = 50;
const REPORT_MS = 5_000;
const REPORT_NOISE = 0.03;
const SMOOTHING_MS = 2_000;
const STAY_MS = 5 * MINUTE;
const BURST_MS = 3_000;
const FIRST_BURST_MS = 30_000;
const NEVER_JOIN = 0.03;
const LIMITED = 2;
const MAX_TRIES = 10;

/** When what happens, in seconds from the start of a run. */
export const TIMELINE = { measure: 60, newcomer: 180, kill: 280, drain: 380, undrain: 440, end: 510 } as const;

/** Runs a world once and says how it went; the same options give the same run, but for `picksPerSec`. */
export async function runWorld(options: RunOptions): Promise<Metrics> {
  const {
    scenario,
    policy,
    gateways: count,
    seed,
    untilSec,
    createGateways = createFleets,
    isSpread = false,
  } = options;
  // What happens in the world depends on the seed alone, whatever the policy draws.
  const random = createSeededRandom(seed);
  const clock = createVirtualClock();
  const start = clock.now();
  const at = (sec: number) => start + sec * 1000;
  const events = createDeadlines<() => Awaitable<void>>(() => true);
  const measure = createMeasure(start);
  await using gateways = await createGateways({ policy, count, seed, now: clock.now });
  const servers: WorldServer[] = [];
  const capacity = scenario.capacities.reduce((sum, each) => sum + each, 0);
  // The bursts go to both sides of the mean.
  const mean = scenario.utilisation - scenario.burst / 2;
  const clientsPerMs = (mean * capacity) / STAY_MS;
  const steadyPerMs = clientsPerMs - (scenario.burst * capacity) / MINUTE;
  if (steadyPerMs <= 0) throw new Error("the bursts alone are more than the utilisation");
  const { customers, meanSize: meanRoom, drawRoom } = createPopulation(random, count);
  const meanSize = (1 - NEVER_JOIN) * meanRoom;
  let users = 0;
  let asked = 0;

  function open({ room, size }: Opening): void {
    for (let i = 0; i < size; i++) {
      const arrivesAt = clock.now() + (i === 0 ? 0 : MINUTE * random() ** 2);
      const leavesAt = arrivesAt + drawExponential(random, STAY_MS);
      const client: Client = { user: `u${users++}`, room, leavesAt, server: undefined };
      const tries = random() < NEVER_JOIN ? 0 : 1;
      const joinMs = 200 + 1_800 * random();
      events.add(arrivesAt, () => connect(client, joinMs, tries));
    }
  }

  function connect(client: Client, joinMs: number, tries: number): Awaitable<void> {
    const { customer, name } = client.room;
    const now = clock.now();
    if (now >= client.leavesAt) return;
    const admission = measure.timePick(() =>
      gateways.admit(
        isSpread ? asked++ : customer.gateway,
        {
          pool: "default",
          namespace: customer.id,
          customer: customer.id,
          limits: { maxPeers: customer.maxPeers, maxRooms: Number.POSITIVE_INFINITY },
          user: client.user,
          rooms: [name],
          preferredServer: undefined,
          tags: [],
        },
        now,
      ),
    );
    if (admission instanceof Promise) return admission.then((endpoint) => go(client, endpoint, joinMs, tries));
    go(client, admission, joinMs, tries);
  }

  function go(client: Client, endpoint: string | undefined, joinMs: number, tries: number): void {
    const server = servers.find((each) => each.endpoint === endpoint);
    if (!server) return;
    const now = clock.now();
    measure.noteAdmission(server, now);
    if (tries === 0) return;
    events.add(now + joinMs, () => {
      if (server.isAlive) enter(client, server);
      else if (tries < MAX_TRIES) events.add(clock.now() + 1_000, () => connect(client, joinMs, tries + 1));
    });
  }

  function enter(client: Client, server: WorldServer): void {
    const { room, leavesAt } = client;
    if (clock.now() >= leavesAt) return;
    const opened = join(client, server, clock.now());
    if (opened && servers.some((other) => other !== server && other.rooms.has(room))) measure.splitRooms++;
    if (room.customer.connected > room.customer.maxPeers) measure.overAdmissions++;
    events.add(leavesAt, () => leave(client));
  }

  function startServer(index: number, size: number): WorldServer {
    const server = createWorldServer(`s${index}:4433`, size, clock.now());
    servers.push(server);
    events.add(clock.now() + REPORT_MS * random(), () => report(server));
    return server;
  }

  /** Clients who have been there for a while. */
  function fill(server: WorldServer): void {
    while (server.clients.size < mean * server.capacity) {
      const { room, size } = drawRoom(clock.now());
      for (let i = 0; i < size; i++) {
        const leavesAt = clock.now() + drawExponential(random, STAY_MS);
        enter({ user: `u${users++}`, room, leavesAt, server: undefined }, server);
      }
      room.openedAt = clock.now() - 2 * MINUTE;
    }
    server.smoothed = server.clients.size / server.capacity;
  }

  function report(server: WorldServer): Awaitable<void> {
    if (!server.isAlive) return;
    const now = clock.now();
    const { endpoint, clients } = server;
    const load = Math.max(0, server.smoothed * (1 + REPORT_NOISE * drawNormal(random)));
    events.add(now + REPORT_MS, () => report(server));
    const rooms = listRooms(server, now);
    const base = { pool: "default", endpoint, version: "1", load, clients: clients.size };
    return gateways.report({ ...base, rooms, connection: endpoint, exchange: now }, now);
  }

  function kill(server: WorldServer): void {
    server.isAlive = false;
    for (const client of [...server.clients]) {
      leave(client);
      events.add(clock.now() + 500 + 4_500 * random(), () => connect(client, 200 + 1_800 * random(), 1));
    }
  }

  function openSteadily(dueAt: number): void {
    open(drawRoom(clock.now()));
    const nextAt = dueAt + drawExponential(random, meanSize / steadyPerMs);
    events.add(nextAt, () => openSteadily(nextAt));
  }

  function burst(share: number): void {
    for (let left = share * capacity; left > 0; ) {
      const opening = drawRoom(clock.now());
      left -= (1 - NEVER_JOIN) * opening.size;
      events.add(clock.now() + BURST_MS * random(), () => open(opening));
    }
  }

  function burstEveryMinute(): void {
    burst(scenario.burst);
    events.add(clock.now() + MINUTE, burstEveryMinute);
  }

  /** What falls due in one tick happens at once. */
  async function tick(): Promise<void> {
    const now = clock.now();
    for (const server of servers) {
      const load = server.clients.size / server.capacity;
      server.smoothed += (load - server.smoothed) * (1 - Math.exp(-TICK_MS / SMOOTHING_MS));
    }
    const begun: Awaitable<void>[] = [];
    for (let event = events.takeDue(now); event; event = events.takeDue(now)) begun.push(event());
    await Promise.all(begun);
    await gateways.advance(now);
  }

  for (const [index, size] of scenario.capacities.entries()) fill(startServer(index, size));
  // Some customers are near their limit from the beginning.
  for (const customer of customers.slice(0, LIMITED)) customer.maxPeers = Math.ceil(1.05 * customer.connected);
  const newcomer = scenario.capacities.length;
  events.add(at(TIMELINE.newcomer), () => measure.noteNewcomer(startServer(newcomer, 800)));
  const victim = servers[4];
  const drained = servers[3];
  if (!victim || !drained) throw new Error("there must be five servers");
  events.add(at(TIMELINE.kill), () => {
    measure.noteKill(clock.now());
    kill(victim);
  });
  events.add(at(TIMELINE.drain), () => {
    drained.isDraining = true;
    return gateways.drain(drained.endpoint, clock.now());
  });
  events.add(at(TIMELINE.undrain), () => {
    drained.isDraining = false;
    return gateways.undrain(drained.endpoint, clock.now());
  });
  events.add(at(6), () => openSteadily(at(6)));
  events.add(start + FIRST_BURST_MS, burstEveryMinute);
  // Those on their way to rooms that were opened in the minute before.
  events.add(at(6), () => burst((mean * 20_000) / STAY_MS));
  for (let passedMs = TICK_MS; passedMs <= untilSec * 1_000; passedMs += TICK_MS) {
    await clock.sleep(TICK_MS);
    await tick();
    if (passedMs % 1_000 !== 0) continue;
    options.onSample?.(servers, passedMs / 1_000);
    if (clock.now() >= at(TIMELINE.measure)) measure.sample(servers, clock.now());
  }
  return measure.result();
}
