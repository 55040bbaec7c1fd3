import { RedisClient } from "bun";
import { toChannel } from "../../src/store/redis/claims.ts";
import { readUsage } from "../processes/usage.ts";
import { type FanOut, measureFanOut } from "./fan-out.ts";
import { join, joinStore, reportRooms } from "./stores.ts";

/** What Redis does and keeps for one of each thing. */
export interface Costs {
  /** Processor time of Redis in µs, and bytes told to each gateway. */
  readonly connect: { readonly redisUs: number; readonly bytes: number };
  /** Of a server with a hundred rooms of one customer, of which so many have other peers. */
  readonly reports: readonly { readonly changed: number; readonly redisUs: number; readonly bytes: number }[];
  /** Bytes of memory. */
  readonly memory: { readonly room: number; readonly slot: number; readonly customer: number; readonly server: number };
  /** Of telling gateways what a Connect changed. */
  readonly fanOut: readonly FanOut[];
  /** Milliseconds that a snapshot of a customer with so many rooms takes, and its bytes. */
  readonly snapshots: readonly { readonly rooms: number; readonly joinMs: number }[];
}

const CONNECTS = 20_000;
const AT_ONCE = 64;
const REPORTS = 1_000;
const ROOMS = 100;
const CHANGED = [0, 10, 100];
const MANY = 10_000;
const GATEWAYS = [1, 10, 100];
const SNAPSHOTS = [1_000, MANY, 50_000, 100_000];
/** A report may not list more. */
const MAX_ROOMS = 10_000;

/** Measures it with stores of this process. */
export async function measureCosts(redis: string, redisPid: number, progress: (text: string) => void): Promise<Costs> {
  const keyPrefix = `costs-${process.pid}`;
  const client = new RedisClient(redis);
  const listener = new RedisClient(redis);
  let told = 0;
  await listener.subscribe(toChannel(keyPrefix), (text) => {
    told += text.length;
  });
  const store = await joinStore(redis, keyPrefix);
  const readMemory = async () => Number(/used_memory:(\d+)/.exec(String(await client.send("INFO", ["memory"])))?.[1]);
  const endpoints = Array.from({ length: 100 }, (_, i) => `sfu${i}.example.com:4433`);

  async function measure(count: number, act: () => Promise<void>) {
    told = 0;
    const before = { cpu: readUsage(redisPid).cpuUs, memory: await readMemory() };
    await act();
    await store.kept();
    await store.searchBans({ limit: 1, after: 0 });
    const cpu = readUsage(redisPid).cpuUs - before.cpu;
    return { redisUs: cpu / count, bytes: told / count, memory: ((await readMemory()) - before.memory) / count };
  }

  progress("costs: servers and reports");
  const list = (name: string, peers: number, count = ROOMS) =>
    Array.from({ length: count }, (_, i) => [`${name}-${i}`, peers] as const);
  const server = await measure(endpoints.length, async () => {
    for (const endpoint of endpoints) await reportRooms(store, { endpoint, customer: "game", rooms: [] });
  });
  const reports: Costs["reports"][number][] = [];
  for (const changed of CHANGED) {
    await reportRooms(store, { endpoint: "sfu0.example.com:4433", customer: "game", rooms: list("match", 4) });
    const { redisUs, bytes } = await measure(REPORTS, async () => {
      for (let turn = 0; turn < REPORTS; turn++) {
        const rooms = list("match", 4).map(
          ([name, peers], i) => [name, i < changed ? peers + (turn % 2) + 1 : peers] as const,
        );
        await reportRooms(store, { endpoint: "sfu0.example.com:4433", customer: "game", rooms });
        if (turn % 10 === 0) await store.kept();
      }
    });
    reports.push({ changed, redisUs, bytes });
  }
  progress("costs: Connects");
  const connect = await measure(CONNECTS, async () => {
    for (let first = 0; first < CONNECTS; first += AT_ONCE)
      await Promise.all(
        Array.from({ length: AT_ONCE }, (_, i) => join(store, "game", `room-${(first + i) >> 1}`, `user-${first + i}`)),
      );
  });
  progress("costs: memory");
  const slot = await measure(MANY, async () => {
    for (let i = 0; i < MANY; i++) await join(store, "slots", `room-${i % 100}`, `user-${i}`);
  });
  const room = await measure(MANY, async () => {
    await reportRooms(store, { endpoint: "sfu1.example.com:4433", customer: "rooms", rooms: list("a-room", 4, MANY) });
  });
  const customer = await measure(1_000, async () => {
    for (let i = 0; i < 1_000; i++)
      await reportRooms(store, {
        endpoint: `sfu${i % 50}.example.net:1`,
        customer: `customer-${i}`,
        rooms: list("lobby", 4, 1),
      });
  });
  const snapshots: Costs["snapshots"][number][] = [];
  for (const rooms of SNAPSHOTS) {
    progress(`costs: a gateway joins that finds a customer with ${rooms} rooms`);
    const prefix = `${keyPrefix}-${rooms}`;
    await using first = await joinStore(redis, prefix);
    for (let server = 0; server * MAX_ROOMS < rooms; server++) {
      const few = list(`a-room-${server}`, 4, Math.min(rooms, MAX_ROOMS));
      await reportRooms(first, { endpoint: `sfu${server}.example.com:4433`, customer: "rooms", rooms: few });
    }
    await first.kept();
    const startedAt = performance.now();
    await using _second = await joinStore(redis, prefix);
    snapshots.push({ rooms, joinMs: performance.now() - startedAt });
  }
  const fanOut: FanOut[] = [];
  for (const gateways of GATEWAYS) {
    progress(`costs: telling ${gateways} gateways`);
    fanOut.push(await measureFanOut(redis, redisPid, gateways, Math.round(connect.bytes)));
  }
  await store[Symbol.asyncDispose]();
  client.close();
  listener.close();
  return {
    connect,
    reports,
    fanOut,
    memory: { room: room.memory, slot: slot.memory, customer: customer.memory, server: server.memory },
    snapshots,
  };
}
