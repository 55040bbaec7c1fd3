import { type RunOrder, toRunOptions } from "./compare.ts";
import { runWorld } from "./world.ts";

declare const self: Worker;

self.onmessage = async ({ data }: MessageEvent<RunOrder>) => {
  self.postMessage(await runWorld(toRunOptions(data)));
};
