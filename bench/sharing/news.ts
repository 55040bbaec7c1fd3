import { percentile } from "../statistics.ts";
import { join, joinStore, reportRooms } from "./stores.ts";

/** How long after a Connect began at one gateway another one's placement knew of it, in milliseconds. */
export interface News {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

const LOOK_MS = 5;

/** Has users join new rooms at one gateway, so many a second, and looks when another one, on a thread of its own, knows it. */
export async function measureNews(redis: string, perSecond: number, count: number): Promise<News> {
  const keyPrefix = `news-${process.pid}-${perSecond}`;
  const asked = new Map<string, number>();
  const delays: number[] = [];
  const store = await joinStore(redis, keyPrefix);
  const worker = new Worker(new URL("./news-worker.ts", import.meta.url).href);
  const { promise: joined, resolve } = Promise.withResolvers<void>();
  worker.onmessage = ({ data }: MessageEvent<"joined" | [room: string, at: number]>) => {
    if (data === "joined") resolve();
    else delays.push(data[1] - (asked.get(data[0]) ?? Number.NaN));
  };
  worker.postMessage({ redis, keyPrefix });
  await joined;
  for (let server = 0; server < 10; server++)
    await reportRooms(store, { endpoint: `s${server}:1`, customer: "game", rooms: [] });
  await store.kept();
  const startedAt = performance.now();
  const joins: Promise<void>[] = [];
  for (let i = 0; i < count; i++) {
    const dueMs = (i * 1_000) / perSecond;
    while (performance.now() - startedAt < dueMs) await Bun.sleep(1);
    asked.set(`r${i}`, performance.timeOrigin + performance.now());
    joins.push(join(store, "game", `r${i}`, "u"));
  }
  await Promise.all(joins);
  while (delays.length < count) await Bun.sleep(LOOK_MS);
  worker.terminate();
  await store[Symbol.asyncDispose]();
  return { perSecond, p50: percentile(delays, 0.5), p99: percentile(delays, 0.99) };
}
