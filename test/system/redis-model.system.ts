import { afterAll } from "bun:test";
import { createChildren } from "../../bench/processes/children.ts";
import { testStoreByModel } from "../store/model.ts";
import { STEPS } from "../store/model-actions.ts";
import { startRedis } from "./redis/redis-server.ts";
import { createSharedWorld } from "./redis/shared-world.ts";

/** Two gateways on one Redis, and anybody who does anything at either of them. */

const children = createChildren();
const redis = await startRedis(children, { appendOnly: false });
afterAll(() => children[Symbol.asyncDispose]());

testStoreByModel("two stores on one Redis", () => createSharedWorld({ redis: redis.url, gateways: 2 }), {
  steps: STEPS,
  numRuns: Number(process.env.MODEL_RUNS ?? 150),
  seed: process.env.MODEL_SEED === undefined ? undefined : Number(process.env.MODEL_SEED),
  timeoutMs: 280_000,
});
