/** Things that fall due, soonest first. */
export interface Deadlines<T> {
  readonly size: number;
  /** Adds an item that falls due at `at` (epoch milliseconds). */
  readonly add: (at: number, item: T) => void;
  /** Takes the soonest item out if it is due at `now`. */
  readonly takeDue: (now: number) => T | undefined;
}

const MIN_COMPACTION_SIZE = 1_024;

/**
 * Creates an empty binary heap of deadlines. Entries that no longer stand for anything, by the word of `isPending`, may
 * stay until they are due, but never outnumber the others by much: whenever the heap has doubled, they are swept out.
 * Times and items are in lists of their own: finding the soonest of a million then only looks at numbers that lie together.
 */
export function createDeadlines<T>(isPending: (item: T, at: number) => boolean): Deadlines<T> {
  const times: number[] = [];
  const items: T[] = [];
  let compactAtSize = MIN_COMPACTION_SIZE;

  const at = (index: number): number => times[index] ?? Number.POSITIVE_INFINITY;

  function move(from: number, to: number): void {
    const item = items[from];
    if (item !== undefined) put(to, at(from), item);
  }

  function put(index: number, time: number, item: T): void {
    times[index] = time;
    items[index] = item;
  }

  /** Puts an entry where `start` is free, or further up. */
  function siftUp(start: number, time: number, item: T): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (at(parent) <= time) break;
      move(parent, index);
      index = parent;
    }
    put(index, time, item);
  }

  /** Puts an entry where `start` is free, or further down. */
  function siftDown(start: number, time: number, item: T): void {
    let index = start;
    for (;;) {
      const left = 2 * index + 1;
      const child = at(left + 1) < at(left) ? left + 1 : left;
      if (time <= at(child)) break;
      move(child, index);
      index = child;
    }
    put(index, time, item);
  }

  function compact(): void {
    let size = 0;
    for (const [index, item] of items.entries()) if (isPending(item, at(index))) put(size++, at(index), item);
    times.length = size;
    items.length = size;
    for (let index = (size >> 1) - 1; index >= 0; index--) {
      const item = items[index];
      if (item !== undefined) siftDown(index, at(index), item);
    }
    compactAtSize = Math.max(MIN_COMPACTION_SIZE, 2 * size);
  }

  return {
    get size() {
      return items.length;
    },
    add(dueAt, item) {
      if (items.length >= compactAtSize) compact();
      siftUp(items.length, dueAt, item);
    },
    takeDue(now) {
      const first = items[0];
      if (first === undefined || at(0) > now) return undefined;
      const time = times.pop();
      const last = items.pop();
      if (time !== undefined && last !== undefined && items.length > 0) siftDown(0, time, last);
      return first;
    },
  };
}
