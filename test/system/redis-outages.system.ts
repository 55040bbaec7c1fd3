import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Json } from "../json.ts";
import type { TempFolder } from "../temp-folder.ts";
import { buildBinary } from "./gateway-process.ts";
import { until } from "./live-fleet.ts";
import { type GroupGateway, isDegraded } from "./redis/gateway-group.ts";
import { listAll } from "./redis/list-all.ts";
import { type Pair, startPair } from "./redis/pair.ts";
import { readEnvironment } from "./redis/settings.ts";
import { ensureTool } from "./tools.ts";

/** What two gateways do while Redis is away, for both of them or for one, and when it is back. */

const reason = await ensureTool("redis-server", "redis-server");
const why = reason === undefined ? "" : ` (skipped: ${reason})`;

const USER_BANNED = -32014;
const ROOMS = 20;

let binary: TempFolder;
let pair: Pair;
beforeAll(async () => {
  if (reason !== undefined) return;
  binary = await buildBinary();
  pair = await startPair(binary.file("odin-gateway"), { ...readEnvironment(), redis: "append-only" });
});
afterEach(() => pair?.line?.heal());
afterAll(async () => {
  await pair?.[Symbol.asyncDispose]();
  binary?.[Symbol.dispose]();
});

const toRooms = (name: string) => Array.from({ length: ROOMS }, (_, index) => `${name}-${index}`);
const isAlone = async ({ url }: GroupGateway) => isDegraded(await (await fetch(`${url}/readyz`)).text());

/** Waits until both know that Redis is there, and the same of everything else; gives what they know. */
async function agree(): Promise<Json> {
  const { a, b } = pair;
  await until("none is degraded", async () => !(await isAlone(a)) && !(await isAlone(b)));
  await until("both list the same", async () => Bun.deepEquals(await listAll(a), await listAll(b)));
  return await listAll(a);
}

describe.skipIf(reason !== undefined)(`two gateways while Redis is away${why}`, () => {
  test("go on without it, say so, and agree on everything when it is back with nothing", async () => {
    const { a, b, redis } = pair;
    const rooms = toRooms("outage");
    const homes = await pair.connectAll(a, rooms, "first");
    await pair.ban(b, "prison", "cheater");
    await redis?.kill();
    await until("both are degraded", async () => (await isAlone(a)) && (await isAlone(b)));
    for (const gateway of [a, b]) expect(await pair.connectAll(gateway, rooms, "second")).toEqual(homes);
    await redis?.restart({ empty: true });
    await agree();
    for (const gateway of [a, b]) expect(await pair.connectAll(gateway, rooms, "third")).toEqual(homes);
    expect((await pair.call(a, { room: "prison", user: "cheater" })).code).toBe(USER_BANNED);
  });

  test.each(["cut", "stall"] as const)(
    "go on without each other when one is cut off from Redis (%s), and agree on everything afterwards",
    async (fault) => {
      const { a, b, line } = pair;
      const rooms = toRooms(`before-${fault}`);
      const homes = await pair.connectAll(b, rooms, "first");
      line?.[fault]();
      await until("A is degraded", () => isAlone(a));
      expect(await isAlone(b)).toBe(false);
      // Each of them sends people to the servers that it hears, and both open the same rooms.
      expect(await pair.connectAll(a, rooms, "second")).toEqual(homes);
      const both = toRooms(`both-${fault}`);
      for (const gateway of [a, b]) await pair.connectAll(gateway, both, `at-${gateway.index}`);
      for (const gateway of [a, b]) await pair.ban(gateway, `prison-${fault}`, `cheater-${gateway.index}`);
      line?.heal();
      const { bans } = await agree();
      for (const gateway of [a, b]) {
        expect(bans.join()).toContain(`cheater-${gateway.index}`);
        for (const user of ["cheater-0", "cheater-1"])
          expect((await pair.call(gateway, { room: `prison-${fault}`, user })).code).toBe(USER_BANNED);
      }
      for (const some of [rooms, both])
        expect(await pair.connectAll(a, some, "last")).toEqual(await pair.connectAll(b, some, "last"));
    },
  );

  test("lose nothing when one of them is killed together with Redis, whose data are gone", async () => {
    const { a, b, redis } = pair;
    const rooms = toRooms("together");
    const homes = await pair.connectAll(a, rooms, "first");
    await pair.ban(a, "cell", "early");
    await Promise.all([redis?.kill(), a.kill()]);
    await until("B is degraded", () => isAlone(b));
    await a.restart();
    await until("A is degraded", () => isAlone(a));
    // What it does alone is in its state folder when it is killed once more.
    await pair.ban(a, "cell", "late");
    await a.kill();
    await redis?.restart({ empty: true });
    await a.restart();
    const { bans } = await agree();
    expect(bans.join()).toContain("late");
    for (const gateway of [a, b]) {
      expect(await pair.connectAll(gateway, rooms, "second")).toEqual(homes);
      for (const user of ["early", "late"])
        expect((await pair.call(gateway, { room: "cell", user })).code).toBe(USER_BANNED);
    }
  });
});
