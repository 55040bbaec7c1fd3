import { createStateWriting } from "./state-writing.ts";

declare const self: Worker;

const carryOut = createStateWriting();
self.onmessage = ({ data }) => self.postMessage(carryOut(data));
