import { joinStore } from "./stores.ts";

declare const self: Worker;

/** A gateway on a thread of its own, which says when it learnt of rooms (epoch milliseconds, with fractions). */
self.onmessage = async ({ data: { redis, keyPrefix } }: MessageEvent<{ redis: string; keyPrefix: string }>) => {
  await joinStore(redis, keyPrefix, (room) => self.postMessage([room, performance.timeOrigin + performance.now()]));
  self.postMessage("joined");
};
