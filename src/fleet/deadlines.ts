/** Things that fall due, soonest first. */
export interface Deadlines<T> {
  readonly size: number;
  /** Adds an item that falls due at `at` (epoch milliseconds). */
  readonly add: (at: number, item: T) => void;
  /** Takes the soonest item out if it is due at `now`. */
  readonly takeDue: (now: number) => T | undefined;
}

interface Entry<T> {
  readonly at: number;
  readonly item: T;
}

const MIN_COMPACTION_SIZE = 1_024;

/**
 * Creates an empty binary heap of deadlines. Entries that no longer stand for anything, by the word of `isPending`, may
 * stay until they are due, but never outnumber the others by much: whenever the heap has doubled, they are swept out.
 */
export function createDeadlines<T>(isPending: (item: T, at: number) => boolean): Deadlines<T> {
  let heap: Entry<T>[] = [];
  let compactAtSize = MIN_COMPACTION_SIZE;

  const at = (index: number): number => heap[index]?.at ?? Number.POSITIVE_INFINITY;

  function swap(a: number, b: number): void {
    const first = heap[a];
    const second = heap[b];
    if (first === undefined || second === undefined) return;
    heap[a] = second;
    heap[b] = first;
  }

  function siftUp(start: number): void {
    for (let index = start; index > 0; ) {
      const parent = (index - 1) >> 1;
      if (at(parent) <= at(index)) return;
      swap(parent, index);
      index = parent;
    }
  }

  function siftDown(start: number): void {
    for (let index = start; ; ) {
      const left = 2 * index + 1;
      const child = at(left + 1) < at(left) ? left + 1 : left;
      if (at(index) <= at(child)) return;
      swap(index, child);
      index = child;
    }
  }

  function compact(): void {
    heap = heap.filter((entry) => isPending(entry.item, entry.at));
    for (let index = heap.length >> 1; index >= 0; index--) siftDown(index);
    compactAtSize = Math.max(MIN_COMPACTION_SIZE, 2 * heap.length);
  }

  return {
    get size() {
      return heap.length;
    },
    add(dueAt, item) {
      if (heap.length >= compactAtSize) compact();
      heap.push({ at: dueAt, item });
      siftUp(heap.length - 1);
    },
    takeDue(now) {
      const first = heap[0];
      if (first === undefined || first.at > now) return undefined;
      const last = heap.pop();
      if (last !== undefined && last !== first) {
        heap[0] = last;
        siftDown(0);
      }
      return first.item;
    },
  };
}
