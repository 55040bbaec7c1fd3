/** A binary heap: things by a number, lowest first. */
export interface Heap<T> {
  readonly size: number;
  readonly add: (at: number, item: T) => void;
  /** The lowest number; infinite if there is nothing. */
  readonly lowest: number;
  /** Takes the thing with the lowest number out. */
  readonly take: () => T | undefined;
  /** Drops what `isKept` says no to. */
  readonly sweep: (isKept: (item: T, at: number) => boolean) => void;
}

/**
 * Creates an empty heap. Numbers and things are in lists of their own: finding the lowest of many then only looks at numbers
 * that lie together.
 */
export function createHeap<T>(): Heap<T> {
  const numbers: number[] = [];
  const items: T[] = [];

  const numberAt = (index: number): number => numbers[index] ?? Number.POSITIVE_INFINITY;

  function move(from: number, to: number): void {
    const item = items[from];
    if (item !== undefined) put(to, numberAt(from), item);
  }

  function put(index: number, at: number, item: T): void {
    numbers[index] = at;
    items[index] = item;
  }

  /** Puts an entry where `start` is free, or further up. */
  function siftUp(start: number, at: number, item: T): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (numberAt(parent) <= at) break;
      move(parent, index);
      index = parent;
    }
    put(index, at, item);
  }

  /** Puts an entry where `start` is free, or further down. */
  function siftDown(start: number, at: number, item: T): void {
    let index = start;
    for (;;) {
      const left = 2 * index + 1;
      const child = numberAt(left + 1) < numberAt(left) ? left + 1 : left;
      if (at <= numberAt(child)) break;
      move(child, index);
      index = child;
    }
    put(index, at, item);
  }

  return {
    get size() {
      return items.length;
    },
    add: (at, item) => siftUp(items.length, at, item),
    get lowest() {
      return numberAt(0);
    },
    take() {
      const first = items[0];
      const at = numbers.pop();
      const last = items.pop();
      if (at !== undefined && last !== undefined && items.length > 0) siftDown(0, at, last);
      return first;
    },
    sweep(isKept) {
      let size = 0;
      for (const [index, item] of items.entries())
        if (isKept(item, numberAt(index))) put(size++, numberAt(index), item);
      numbers.length = size;
      items.length = size;
      for (let index = (size >> 1) - 1; index >= 0; index--) {
        const item = items[index];
        if (item !== undefined) siftDown(index, numberAt(index), item);
      }
    },
  };
}
