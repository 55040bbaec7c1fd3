import { createYoungGarbage } from "../young-garbage.ts";
import type { WriteOrder } from "./state-writing.ts";
import { createStateWriting } from "./state-writing.ts";

declare const self: Worker;

const carryOut = createStateWriting();
const noteText = createYoungGarbage();
self.onmessage = ({ data }: MessageEvent<WriteOrder>) => {
  self.postMessage(carryOut(data));
  noteText(data.changes?.length ?? 0);
};
