import { heapSize } from "bun:jsc";

/**
 * Bytes of parsed text after which what has become of it is collected, at the least. Left to itself, the engine lets a large
 * heap grow by half before it looks: with a million rooms that is half a gigabyte.
 */
const MIN_BYTES = 3 * 1024 * 1024;
/**
 * The larger the heap, the more each collection costs, so there may be more text before it: one byte for every fifty of the
 * heap beyond so many. That is more than the least from 300 MB on, which is a million rooms.
 */
const LARGE_HEAP_BYTES = 150 * 1024 * 1024;
const HEAP_BYTES_FOR_ONE = 50;

/** Begins a collection beside what goes on: one that is waited for may have to wait for another, of everything, for 200 ms. */
const beginToCollect = () => Bun.gc(false);

/**
 * Creates what is to be told how long each text was that has been parsed, and has the garbage collected in time.
 * `readHeapSize` gives bytes.
 */
export function createYoungGarbage(
  collect: () => void = beginToCollect,
  readHeapSize: () => number = heapSize,
): (bytes: number) => void {
  let sinceLast = 0;
  let maxBytes = MIN_BYTES;
  let isDue = false;

  function collectIfDue(): void {
    isDue = false;
    if (sinceLast < maxBytes) return;
    sinceLast = 0;
    maxBytes = Math.max(MIN_BYTES, (readHeapSize() - LARGE_HEAP_BYTES) / HEAP_BYTES_FOR_ONE);
    collect();
  }

  return (bytes) => {
    sinceLast += bytes;
    if (sinceLast < maxBytes) return;
    // When the answer is on its way, and nothing refers to the text any more …
    if (!isDue) setImmediate(collectIfDue);
    isDue = true;
    // … but the event loop does not turn while new connections come as fast as they are served.
    if (sinceLast >= 2 * maxBytes) collectIfDue();
  };
}
