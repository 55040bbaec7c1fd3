import { edenGC } from "bun:jsc";

/**
 * Bytes of parsed text after which what has become of it is collected. Left to itself, the engine lets a large heap grow by
 * half before it looks: with a million rooms that is half a gigabyte. A look at what is young takes less than a millisecond.
 */
const MAX_BYTES = 3 * 1024 * 1024;

/** Creates what is to be told how long each text was that has been parsed, and has the garbage collected in time. */
export function createYoungGarbage(collect: () => void = edenGC): (bytes: number) => void {
  let sinceLast = 0;
  return (bytes) => {
    sinceLast += bytes;
    if (sinceLast < MAX_BYTES) return;
    sinceLast = 0;
    // When the answer is on its way, and nothing refers to the text any more.
    setImmediate(collect);
  };
}
