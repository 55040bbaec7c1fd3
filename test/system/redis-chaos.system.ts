import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { RedisClient } from "bun";
import { createChildren } from "../../bench/processes/children.ts";
import type { TempFolder } from "../temp-folder.ts";
import { buildBinary } from "./gateway-process.ts";
import { runBurst } from "./redis/burst.ts";
import { runChaos } from "./redis/chaos.ts";
import { startRedis } from "./redis/redis-server.ts";
import { readEnvironment } from "./redis/settings.ts";
import { isKept, toTable, type Verdict } from "./redis/verdict.ts";
import { ensureTool } from "./tools.ts";

/**
 * Several gateways on one Redis. What CHAOS_SEED, CHAOS_SECONDS, CHAOS_RATE and the others of `readEnvironment` say counts;
 * CHAOS_GATEWAYS=1 with CHAOS_REDIS=none puts one gateway without a Redis to the same proof.
 */

const settings = readEnvironment();
const reason = settings.redis === "none" ? undefined : await ensureTool("redis-server", "redis-server");
const why = reason === undefined ? "" : ` (skipped: ${reason})`;
const say = (line: string) => void process.stderr.write(`${line}\n`);

const BURST = 2_000;
const MAX_PEERS = 300;
const MAX_ROOMS = 20;
const PEER_LIMIT = -32010;
const ROOM_LIMIT = -32011;
const DEADLINE_MS = 280_000;
const SNAPSHOT_SECONDS = 30;

let binary: TempFolder;
let file: string;
beforeAll(async () => {
  binary = await buildBinary();
  file = binary.file("odin-gateway");
});
afterAll(() => binary[Symbol.dispose]());

function findBroken(verdicts: readonly Verdict[]): string[] {
  return verdicts.filter((verdict) => !isKept(verdict)).map(({ promise }) => promise);
}

describe.skipIf(reason !== undefined || settings.redis === "none")(`the Redis of these tests${why}`, () => {
  test.each([true, false])("stands still, dies and comes back as it is told (append-only: %p)", async (appendOnly) => {
    await using children = createChildren();
    const redis = await startRedis(children, { appendOnly });
    const ask = async (command: string, ...words: string[]) => {
      const client = new RedisClient(redis.url, { autoReconnect: false });
      try {
        return await client.send(command, words);
      } finally {
        client.close();
      }
    };
    await ask("SET", "k", "v");
    redis.pause();
    const answer = ask("GET", "k");
    expect(await Promise.race([answer, Bun.sleep(300)])).toBeUndefined();
    redis.resume();
    expect(await answer).toBe("v");
    // What the append-only file was given outlives a kill of the process; only a crash of the machine needs its fsync.
    if (!appendOnly) await ask("SAVE");
    await redis.kill();
    await expect(ask("GET", "k")).rejects.toThrow();
    await redis.restart({ empty: false });
    expect(await ask("GET", "k")).toBe("v");
    await redis.kill();
    await redis.restart({ empty: true });
    expect(await ask("GET", "k")).toBeNull();
  });
});

describe.skipIf(reason !== undefined)(`${settings.gateways} gateways that share a fleet${why}`, () => {
  const storages =
    process.env.CHAOS_REDIS === undefined ? (["append-only", "snapshots"] as const) : ([settings.redis] as const);

  test.each(storages)(
    `keep what they promise while Redis (%s) and gateways die, stand still and come back`,
    async (redis) => {
      // The other storage differs in what a kill loses, and in nothing else.
      const seconds = redis === "snapshots" ? Math.min(settings.seconds, SNAPSHOT_SECONDS) : settings.seconds;
      const verdicts = await runChaos({ ...settings, seconds, redis, binary: file, say });
      say(toTable(verdicts));
      expect(findBroken(verdicts)).toEqual([]);
      const unseen = verdicts.filter(({ checked }) => checked === 0).map(({ promise }) => promise);
      // With the few who are banned, nobody may have tried in the moments after a gateway woke up.
      expect(unseen.filter((promise) => !promise.includes("woke up"))).toEqual([]);
    },
    DEADLINE_MS,
  );

  test(`let in exactly ${MAX_PEERS} of ${BURST} who come through all of them at once, if that is the limit`, async () => {
    const toRoom = (index: number) => `arena-${index % 10}`;
    const attempts = await runBurst({
      ...{ binary: file, settings, connects: BURST, toRoom },
      limits: { maxPeers: MAX_PEERS },
    });
    expect(attempts.filter(({ address }) => address !== "")).toHaveLength(MAX_PEERS);
    expect(attempts.filter(({ code }) => code === PEER_LIMIT)).toHaveLength(BURST - MAX_PEERS);
  });

  test(`open exactly ${MAX_ROOMS} of ${BURST} rooms that are asked for through all of them at once, if that is the limit`, async () => {
    const toRoom = (index: number) => `booth-${index}`;
    const attempts = await runBurst({
      ...{ binary: file, settings, connects: BURST, toRoom },
      limits: { maxRooms: MAX_ROOMS },
    });
    expect(attempts.filter(({ address }) => address !== "")).toHaveLength(MAX_ROOMS);
    expect(attempts.filter(({ code }) => code === ROOM_LIMIT)).toHaveLength(BURST - MAX_ROOMS);
  });

  test("send everybody who asks for the same new room through all of them at once to one server", async () => {
    const toRoom = (index: number) => `lobby-${Math.floor(index / 100)}`;
    const attempts = await runBurst({ ...{ binary: file, settings, connects: BURST, toRoom }, limits: {} });
    const homes = new Map<string, Set<string>>();
    for (const { room, address } of attempts) homes.set(room, (homes.get(room) ?? new Set<string>()).add(address));
    expect([...homes].filter(([, addresses]) => addresses.size !== 1 || addresses.has(""))).toEqual([]);
    expect(homes.size).toBe(BURST / 100);
  });
});

test("two gateways that do not know of each other keep little of it: the proof can fail", async () => {
  const small = { seconds: 5, quietSeconds: 1, perSecond: 300, servers: 20, faults: [] };
  const verdicts = await runChaos({ ...settings, ...small, gateways: 2, redis: "none", binary: file, say });
  expect(findBroken(verdicts)).toEqual(
    expect.arrayContaining([
      "a room is listed by one server at the end",
      "every gateway leads to that server",
      "a new room gets one server, without faults",
      "no more peers than the limit, without faults",
      "no more rooms than the limit, without faults",
      "a banned user is refused everywhere",
      "an acknowledged ban is listed everywhere",
    ]),
  );
});
