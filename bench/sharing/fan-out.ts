import { RedisClient } from "bun";
import { readUsage } from "../processes/usage.ts";

/** What it takes Redis to tell so many gateways of one change, in µs of its processor. */
export interface FanOut {
  readonly gateways: number;
  readonly redisUs: number;
}

const CHANNEL = "fan-out";
const MESSAGES = 10_000;
const AT_ONCE = 100;
const LOOK_MS = 2;

/** Publishes messages as long as a Connect's to so many connections of this process. */
export async function measureFanOut(redis: string, redisPid: number, gateways: number, bytes: number): Promise<FanOut> {
  const clients = Array.from({ length: gateways }, () => new RedisClient(redis));
  const publisher = new RedisClient(redis);
  let heard = 0;
  for (const client of clients) await client.subscribe(CHANNEL, () => void heard++);
  const text = "x".repeat(bytes);
  const before = readUsage(redisPid).cpuUs;
  for (let sent = 0; sent < MESSAGES; sent += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, () => publisher.send("PUBLISH", [CHANNEL, text])));
  while (heard < MESSAGES * gateways) await Bun.sleep(LOOK_MS);
  const redisUs = (readUsage(redisPid).cpuUs - before) / MESSAGES;
  for (const client of [...clients, publisher]) client.close();
  return { gateways, redisUs };
}
