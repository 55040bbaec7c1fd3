import { createQueueWriting, type QueueOrder } from "./queue-writing.ts";

declare const self: Worker;

const carryOut = createQueueWriting();
self.onmessage = ({ data }: MessageEvent<QueueOrder>) => {
  self.postMessage(carryOut(data));
};
