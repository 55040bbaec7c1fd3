/** What is to be paced. */
export interface PaceOrder {
  /** Epoch milliseconds, with fractions. */
  readonly startsAt: number;
  readonly perSecond: number;
  readonly count: number;
}

/** Tells when things are due that come at a fixed rate, to a tenth of a millisecond; until disposed. */
export interface Pacer extends Disposable {
  /** Calls `onDue` with how many are due by now, each time that there are more. */
  readonly start: (order: PaceOrder, onDue: (count: number) => void) => void;
}

/** Starts a thread that waits, so that nobody has to look at the clock all the time, which takes a whole processor. */
export function createPacer(): Pacer {
  const worker = new Worker(new URL("./pacer-worker.ts", import.meta.url).href);
  return {
    start(order, onDue) {
      worker.onmessage = ({ data }: MessageEvent<number>) => onDue(data);
      worker.postMessage(order);
    },
    [Symbol.dispose]: () => worker.terminate(),
  };
}
