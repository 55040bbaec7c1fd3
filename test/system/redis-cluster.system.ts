import { afterAll, expect, test } from "bun:test";
import { createChildren } from "../../bench/processes/children.ts";
import { testStore } from "../store/conformance.ts";
import { startMonitor } from "./redis/monitor.ts";
import { REDIS_SERVER, startRedis } from "./redis/redis-server.ts";
import { createSharedWorld } from "./redis/shared-world.ts";
import { ensureTool } from "./tools.ts";

/** The keys fit a Redis Cluster: gateways on a node that has all of its slots, and a look at what each script touches. */

const children = createChildren();
const missing = await ensureTool(REDIS_SERVER, REDIS_SERVER);
if (missing) throw new Error(missing);
const redis = await startRedis(children, { appendOnly: false, isCluster: true });
const monitor = await startMonitor(redis.url);
afterAll(async () => {
  monitor[Symbol.dispose]();
  await children[Symbol.asyncDispose]();
});

testStore("2 stores on a node of a Redis Cluster", () => createSharedWorld({ redis: redis.url, gateways: 2 }));

test("each script touches keys of one slot only: they have the hash tag of the key that it is called with", () => {
  let tag: string | undefined;
  let touched = 0;
  for (const { words, isOfScript } of monitor.commands()) {
    const [command = "", ...rest] = words;
    if (!isOfScript) tag = command.toUpperCase() === "EVALSHA" ? toTag(rest[2]) : undefined;
    else if (command.toUpperCase() !== "PUBLISH") {
      const keys = rest.filter((word) => word.startsWith("world-"));
      expect([...new Set(keys.map(toTag))]).toEqual(keys.length === 0 ? [] : [tag]);
      touched += keys.length;
    }
  }
  expect(touched).toBeGreaterThan(1_000);
});

/** What decides about the slot of a key. */
function toTag(key: string | undefined): string | undefined {
  return /\{([^}]+)\}/.exec(key ?? "")?.[1];
}
