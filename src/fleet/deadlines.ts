/** Things that fall due, soonest first. */
export interface Deadlines<T> {
  readonly size: number;
  /** Adds an item that falls due at `at` (epoch milliseconds). */
  readonly add: (at: number, item: T) => void;
  /** Takes the soonest item out if it is due at `now`. */
  readonly takeDue: (now: number) => T | undefined;
}

/** Creates an empty binary heap of deadlines: both operations are logarithmic in its size. */
export function createDeadlines<T>(): Deadlines<T> {
  const heap: { at: number; item: T }[] = [];

  function swap(a: number, b: number): void {
    const first = heap[a];
    const second = heap[b];
    if (first === undefined || second === undefined) return;
    heap[a] = second;
    heap[b] = first;
  }

  const at = (index: number): number => heap[index]?.at ?? Number.POSITIVE_INFINITY;

  function siftUp(start: number): void {
    for (let index = start; index > 0; ) {
      const parent = (index - 1) >> 1;
      if (at(parent) <= at(index)) return;
      swap(parent, index);
      index = parent;
    }
  }

  function siftDown(): void {
    for (let index = 0; ; ) {
      const left = 2 * index + 1;
      const child = at(left + 1) < at(left) ? left + 1 : left;
      if (at(index) <= at(child)) return;
      swap(index, child);
      index = child;
    }
  }

  return {
    get size() {
      return heap.length;
    },
    add(dueAt, item) {
      heap.push({ at: dueAt, item });
      siftUp(heap.length - 1);
    },
    takeDue(now) {
      const first = heap[0];
      if (first === undefined || first.at > now) return undefined;
      const last = heap.pop();
      if (last !== undefined && last !== first) {
        heap[0] = last;
        siftDown();
      }
      return first.item;
    },
  };
}
