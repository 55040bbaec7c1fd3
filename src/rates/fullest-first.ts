/** A bucket as a queue holds it: when it is full again, in milliseconds, and its place in the queue, which is the queue's. */
export interface Queued {
  readonly key: string;
  fullAtMs: number;
  place: number;
}

/** Buckets in such an order that the one that is full first comes out first. */
export interface FullestFirst {
  readonly size: () => number;
  readonly first: () => Queued | undefined;
  readonly add: (bucket: Queued) => void;
  /** Takes the first one out. */
  readonly drop: () => void;
  /** Puts a bucket in its place whose time has become a later one. */
  readonly delay: (bucket: Queued) => void;
}

/** Creates an empty queue, a binary heap: everything takes as many steps as the number of buckets has binary digits. */
export function createFullestFirst(): FullestFirst {
  const heap: Queued[] = [];

  function put(bucket: Queued, place: number): void {
    heap[place] = bucket;
    bucket.place = place;
  }

  function sink(bucket: Queued): void {
    let { place } = bucket;
    for (;;) {
      const left = heap[2 * place + 1];
      const right = heap[2 * place + 2];
      const child = right && left && right.fullAtMs < left.fullAtMs ? right : left;
      if (child === undefined || child.fullAtMs >= bucket.fullAtMs) break;
      const next = child.place;
      put(child, place);
      place = next;
    }
    put(bucket, place);
  }

  return {
    size: () => heap.length,
    first: () => heap[0],
    add(bucket) {
      let place = heap.length;
      for (;;) {
        const parent = place === 0 ? undefined : heap[(place - 1) >> 1];
        if (parent === undefined || parent.fullAtMs <= bucket.fullAtMs) break;
        const next = parent.place;
        put(parent, place);
        place = next;
      }
      put(bucket, place);
    },
    drop() {
      const last = heap.pop();
      if (last === undefined || last.place === 0) return;
      last.place = 0;
      sink(last);
    },
    delay: sink,
  };
}
