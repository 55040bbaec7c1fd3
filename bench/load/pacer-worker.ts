import type { PaceOrder } from "./pacer.ts";
import { createSchedule } from "./schedule.ts";

declare const self: Worker;

const sleeper = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Says each time that something is due: the event loop's own timers are no finer than a millisecond. */
self.onmessage = ({ data }: MessageEvent<PaceOrder>) => {
  const { startsAt, perSecond, count } = data;
  const schedule = createSchedule(perSecond, count);
  const readElapsedMs = () => performance.timeOrigin + performance.now() - startsAt;
  for (let due = 0; due < count; ) {
    const waitMs = schedule.dueMs(due) - readElapsedMs();
    if (waitMs > 0) Atomics.wait(sleeper, 0, 0, waitMs);
    const nowDue = schedule.countDue(readElapsedMs());
    if (nowDue > due) self.postMessage(nowDue);
    due = nowDue;
  }
};
