import { systemClock } from "../../src/clock.ts";
import { createRpcClient } from "../../src/sim/rpc-client.ts";
import { createSimServer, type SimServer } from "../../src/sim/sim-server.ts";
import { USERS } from "../world.ts";
import { acme } from "./gateway-process.ts";

/** What the gateway answered to a call. */
export interface Answer {
  /** Empty for all methods but `Connect`. */
  readonly result?: { readonly address?: string; readonly token?: string };
  readonly error?: { readonly code: number; readonly message: string };
}

/** Calls a public method for a user of a room; rejects only if there was no answer. */
export async function call(url: string, method: string, room: string, user: string, params = {}): Promise<Answer> {
  const token = await acme.signToken({ room, user, nowMs: Date.now() });
  return send(url, token, method, params);
}

async function send(url: string, token: string, method: string, params = {}, keepalive = true): Promise<Answer> {
  const response = await fetch(url, {
    keepalive,
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  return (await response.json()) as Answer;
}

/** Starts simulated servers that report to a gateway by themselves, whatever becomes of it. */
export async function startServers(url: string, count: number): Promise<SimServer[]> {
  const servers = Array.from({ length: count }, (_, index) =>
    createSimServer({
      endpoint: `sfu${index + 1}.sim:4433`,
      call: createRpcClient({ url: `${url.replace("://", `://sfu:${USERS.sfu}@`)}/internal` }),
      clock: systemClock,
      random: Math.random,
      onError: () => {},
    }),
  );
  for (const server of servers) await server.start();
  return servers;
}

/** How a stretch of Connects went. */
export interface TrafficResult {
  readonly connects: number;
  /** Those that found the connection refused or cut, and tried once more. */
  readonly retried: number;
  /** What went wrong for good, and how often. */
  readonly failures: Readonly<Record<string, number>>;
}

const TICK_MS = 5;

/**
 * Sends Connects at a fixed rate, whether they are answered or not, each with a token of its own, until `until` settles
 * and all were answered. A refused or cut connection is tried once more.
 */
export async function runTraffic(url: string, perSecond: number, until: Promise<unknown>): Promise<TrafficResult> {
  const failures: Record<string, number> = {};
  const inFlight = new Set<Promise<void>>();
  let connects = 0;
  let retried = 0;
  let isOver = false;
  void until.then(() => {
    isOver = true;
  });

  async function connect(index: number): Promise<void> {
    const token = await acme.signToken({ room: `room-${index % 500}`, user: `user-${index}`, nowMs: Date.now() });
    // Half of the players keep their connection, half open one for each Connect.
    const keepalive = index % 2 === 0;
    try {
      const { result, error } = await send(url, token, "Connect", {}, keepalive).catch(() => {
        retried++;
        return send(url, token, "Connect", {}, keepalive);
      });
      if (!result?.address?.endsWith(".sim:4433")) throw new Error(error?.message ?? "no address");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      failures[reason] = (failures[reason] ?? 0) + 1;
    }
  }

  const startedAt = performance.now();
  while (!isOver) {
    const due = ((performance.now() - startedAt) / 1000) * perSecond;
    for (; connects < due; connects++) {
      const done: Promise<void> = connect(connects).finally(() => inFlight.delete(done));
      inFlight.add(done);
    }
    await Bun.sleep(TICK_MS);
  }
  await Promise.all(inFlight);
  return { connects, retried, failures };
}
