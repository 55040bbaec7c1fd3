/** Things in the order in which they came, of which the first are asked for again and again. */
export interface Fifo<T> {
  readonly push: (item: T) => void;
  /** Those that are there still, the oldest first. */
  readonly values: () => Iterable<T>;
  readonly clear: () => void;
}

const MIN_COMPACTION_SIZE = 1_024;

/**
 * Creates an empty queue. Things that are gone, by the word of `isThere`, are passed over once and then no more: a Map or Set
 * passes over what was deleted from its front again each time.
 */
export function createFifo<T>(isThere: (item: T) => boolean): Fifo<T> {
  let items: T[] = [];
  let head = 0;

  function skipGone(): void {
    for (let item = items[head]; item !== undefined && !isThere(item); item = items[head]) head++;
    if (head < MIN_COMPACTION_SIZE || head < items.length / 2) return;
    items = items.slice(head);
    head = 0;
  }

  return {
    push: (item) => void items.push(item),
    *values() {
      skipGone();
      for (let index = head; index < items.length; index++) {
        const item = items[index];
        if (item !== undefined && isThere(item)) yield item;
      }
    },
    clear() {
      items = [];
      head = 0;
    },
  };
}
