/**
 * Bytes of parsed text after which what has become of it is collected. Left to itself, the engine lets a large heap grow by
 * half before it looks: with a million rooms that is half a gigabyte.
 */
const MAX_BYTES = 6 * 1024 * 1024;

/** Begins a collection beside what goes on: one that is waited for may have to wait for another, of everything, for 200 ms. */
const beginToCollect = () => Bun.gc(false);

/** Creates what is to be told how long each text was that has been parsed, and has the garbage collected in time. */
export function createYoungGarbage(collect: () => void = beginToCollect): (bytes: number) => void {
  let sinceLast = 0;
  return (bytes) => {
    sinceLast += bytes;
    if (sinceLast < MAX_BYTES) return;
    sinceLast = 0;
    // When the answer is on its way, and nothing refers to the text any more.
    setImmediate(collect);
  };
}
