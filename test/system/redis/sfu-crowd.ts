import { toPost } from "../../../bench/load/requests.ts";
import type { Clock, Random } from "../../../src/clock.ts";
import type { RpcClient } from "../../../src/sim/rpc-client.ts";
import type { SimPeer, WireTask } from "../../../src/sim/sim-room.ts";
import { createSimServer, type SimServer } from "../../../src/sim/sim-server.ts";
import { USERS } from "../../world.ts";
import type { GatewayGroup, GroupGateway } from "./gateway-group.ts";
import { type History, noteStatus, type Slot, toRoomId } from "./history.ts";
import { createLine } from "./line.ts";

/** Simulated servers that report to gateways which they change now and then, and who is on them. */
export interface SfuCrowd extends AsyncDisposable {
  readonly endpoints: readonly string[];
  /** Lets a user in who was admitted; has them leave after that time. */
  readonly join: (slot: Slot, token: string, stayMs: number) => Promise<void>;
  /** From now on nobody comes or leaves by themselves. */
  readonly freeze: () => void;
  /** Waits until each server was answered so many more reports, or has had ample time for them. */
  readonly waitForReports: (count: number) => Promise<void>;
  /** Servers that list a room, by room. */
  readonly listings: () => ReadonlyMap<string, readonly string[]>;
  /** When nobody was in the room on any server last: Infinity if that is so now. */
  readonly emptiedAt: (room: string) => number;
  readonly find: (endpoint: string) => SimServer | undefined;
  /** Why servers let nobody in, but for bans: each is a fault of the token. */
  readonly refusals: readonly string[];
}

/** What such servers are made of. */
export interface SfuCrowdOptions {
  readonly count: number;
  readonly group: GatewayGroup;
  readonly history: History;
  readonly random: Random;
  readonly onTask: (endpoint: string, task: WireTask) => void;
}

/** Peers at which a server is full: more than ever come. */
const CAPACITY = 10_000;
const REPORT_DEADLINE_MS = 2_000;
const SLOW_INTERVAL_MS = 2_000;
const FAST_INTERVAL_MS = 1_000;
/** One in so many reports goes to another gateway than the one before. */
const CHANGES_OF = 10;
/** One in so many tokens is checked as a real server does; of the others only the claims are read. */
const VERIFIED_OF = 20;
const RETRY_MS = 50;
/** Longer than it takes from one report to the next, with an attempt that fails in between. */
const MAX_REPORT_WAIT_MS = 10_000;
const AUTHORIZATION = `Basic ${btoa(`sfu:${USERS.sfu}`)}`;

interface Sfu {
  readonly server: SimServer;
  /** Users whom no answered report has shown. */
  arrived: Slot[];
  /** Users who have left since the last report. */
  left: Slot[];
  reports: number;
}

/** Starts the servers; each has registered and reported when this resolves. */
export async function startSfuCrowd(options: SfuCrowdOptions): Promise<SfuCrowd> {
  const { count, group, history, random, onTask } = options;
  const occupants = new Map<string, number>();
  const emptied = new Map<string, number>();
  const refusals: string[] = [];
  let isFrozen = false;
  let isOver = false;
  const sfus = Array.from({ length: count }, (_, index) => createSfu(index));
  const byEndpoint = new Map(sfus.map((sfu) => [sfu.server.endpoint, sfu]));
  const loops = await Promise.all(sfus.map(begin));

  function createSfu(index: number): Sfu {
    const endpoint = `sfu${index + 1}.sim:4433`;
    const config = `[supervisor]\nurl = "http://gateway/internal"\nreport_interval = ${toInterval(index)}\n`;
    const sfu: Sfu = {
      server: createSimServer({ endpoint, call: createCaller(), clock: REAL, random, capacity: CAPACITY, config }),
      arrived: [],
      left: [],
      reports: 0,
    };
    return sfu;

    function createCaller(): RpcClient {
      let gateway = pickOther(undefined);
      let line = createLine(gateway.port);
      return async (method, params) => {
        if (gateway.state() === "killed" || random() * CHANGES_OF < 1) move();
        const sentAt = performance.now();
        const shown = sfu.arrived.splice(0);
        if (method === "sfu.Report") for (const slot of sfu.left.splice(0)) slot.goneAt = sentAt;
        try {
          const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
          const { status, body: text } = await line.post(toPost("/internal", AUTHORIZATION, body), REPORT_DEADLINE_MS);
          noteStatus(history, method, status);
          const answer: { result?: { tasks?: WireTask[] }; error?: { message: string } } = JSON.parse(text);
          if (answer.result === undefined) throw new Error(answer.error?.message);
          for (const slot of shown) slot.shownAt ??= performance.now();
          for (const task of answer.result.tasks ?? []) onTask(endpoint, task);
          return answer.result;
        } catch (error) {
          sfu.arrived.push(...shown);
          move();
          throw error;
        }
      };

      function move(): void {
        line[Symbol.dispose]();
        gateway = pickOther(gateway);
        line = createLine(gateway.port);
      }
    }
  }

  function pickOther(former: GroupGateway | undefined): GroupGateway {
    const others = group.all.filter((each) => each !== former && each.state() !== "killed");
    const gateway = others[Math.floor(random() * others.length)] ?? former ?? group.all[0];
    if (!gateway) throw new Error("there is no gateway");
    return gateway;
  }

  /** Gives what has the server report from now on, and settles when it does no more. */
  async function begin(sfu: Sfu, index: number): Promise<() => Promise<void>> {
    await insist(sfu.server.start);
    const loop = report(sfu, toInterval(index));
    return () => loop;
  }

  async function report(sfu: Sfu, intervalMs: number): Promise<void> {
    await Bun.sleep(random() * intervalMs);
    while (!isOver) {
      await insist(sfu.server.report);
      sfu.reports++;
      await Bun.sleep(intervalMs * (0.9 + 0.1 * random()));
    }
  }

  async function insist(attempt: () => Promise<void>): Promise<void> {
    while (!isOver) {
      try {
        return await attempt();
      } catch {
        await Bun.sleep(RETRY_MS);
      }
    }
  }

  function leave(sfu: Sfu, slot: Slot): void {
    if (slot.leftAt !== undefined) return;
    const now = performance.now();
    slot.leftAt = now;
    sfu.left.push(slot);
    const id = toRoomId(slot.attempt.customer, slot.attempt.room);
    const rest = (occupants.get(id) ?? 1) - 1;
    occupants.set(id, rest);
    if (rest === 0) emptied.set(id, now);
  }

  return {
    endpoints: [...byEndpoint.keys()],
    async join(slot, token, stayMs) {
      const { customer, room, user, address } = slot.attempt;
      const sfu = byEndpoint.get(address);
      if (!sfu || isFrozen) return;
      const namespace = readNamespace(token);
      let peer: SimPeer;
      try {
        if (random() * VERIFIED_OF < 1) sfu.server.leave(await sfu.server.join(token));
        peer = sfu.server.rooms.join({ namespace, name: room, customer, user, onKick: () => leave(sfu, slot) });
      } catch (error) {
        if (!String(error).includes("is banned")) refusals.push(String(error));
        return;
      }
      slot.joinedAt = performance.now();
      sfu.arrived.push(slot);
      const id = toRoomId(customer, room);
      occupants.set(id, (occupants.get(id) ?? 0) + 1);
      setTimeout(() => {
        if (isFrozen || slot.leftAt !== undefined) return;
        sfu.server.leave([peer]);
        leave(sfu, slot);
      }, stayMs).unref();
    },
    freeze() {
      isFrozen = true;
    },
    async waitForReports(count) {
      const goals = sfus.map(({ reports }) => reports + count);
      const deadline = performance.now() + count * MAX_REPORT_WAIT_MS;
      while (performance.now() < deadline && sfus.some(({ reports }, index) => reports < (goals[index] ?? 0)))
        await Bun.sleep(RETRY_MS);
    },
    listings() {
      const found = new Map<string, string[]>();
      for (const { server } of sfus)
        for (const { namespace, name } of server.rooms.all()) {
          const id = toRoomId(namespace, name);
          found.set(id, [...(found.get(id) ?? []), server.endpoint]);
        }
      return found;
    },
    emptiedAt: (room) =>
      (occupants.get(room) ?? 0) === 0 ? Number.POSITIVE_INFINITY : (emptied.get(room) ?? Number.NEGATIVE_INFINITY),
    refusals,
    find: (endpoint) => byEndpoint.get(endpoint)?.server,
    async [Symbol.asyncDispose]() {
      isOver = true;
      await Promise.all(loops.map((settled) => settled()));
      for (const { server } of sfus) server[Symbol.dispose]();
    },
  };
}

function toInterval(index: number): number {
  return index % 2 === 0 ? FAST_INTERVAL_MS : SLOW_INTERVAL_MS;
}

/** The servers report when they are told to: their own timers never ring. */
const REAL: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  every: () => ({ [Symbol.dispose]() {} }),
};

function readNamespace(token: string): string {
  const { nsp } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { nsp: string };
  return nsp;
}
