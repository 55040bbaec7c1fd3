/** Things in the order of their `seq`, to be read page by page from any of them on, at a cost that their number does not change. */
export interface Sequence<T> {
  /** Adds a thing whose `seq` is higher than that of all before it. */
  readonly add: (item: T) => void;
  /** Those that are there still and have a `seq` above `after`, lowest first. Valid until the next one is added. */
  readonly after: (after: number) => Iterable<T>;
}

/** Some things, and where the next page begins; `next` is absent on the last one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: number | undefined;
}

/** Which page: up to `limit` things after the one of that `seq`. */
export interface PageQuery {
  readonly after: number;
  readonly limit: number;
}

/** So many things one call looks at: a page that finds too few among them is short, and says where to go on. */
const MAX_EXAMINED = 10_000;
/** Most things in a chunk. */
const CHUNK = 512;
/** With every chunk that is begun, so many others are swept. */
const SWEEPS = 2;

/**
 * Creates an empty sequence, which lies in chunks: after a change of an old array, the collector looks at all of it again.
 * Things that are gone, by the word of `isThere`, stay in it at first, but are swept out as others come, so that they never
 * outnumber the others by much.
 */
export function createSequence<T extends { readonly seq: number }>(isThere: (item: T) => boolean): Sequence<T> {
  const chunks: T[][] = [];
  let swept = 0;

  const lastSeqOf = (chunk: readonly T[] | undefined): number => chunk?.at(-1)?.seq ?? Number.POSITIVE_INFINITY;

  /** Sweeps the chunk whose turn it is; one that is small then goes into the one before. */
  function sweepNext(): void {
    if (swept >= chunks.length) swept = 0;
    const chunk = chunks[swept]?.filter(isThere) ?? [];
    const before = chunks[swept - 1];
    if (chunk.length === 0) chunks.splice(swept, 1);
    else if (before && before.length + chunk.length <= CHUNK) {
      before.push(...chunk);
      chunks.splice(swept, 1);
    } else chunks[swept++] = chunk;
  }

  return {
    add(item) {
      const last = chunks.at(-1);
      if (last && last.length < CHUNK) {
        last.push(item);
        return;
      }
      for (let i = 0; i < SWEEPS; i++) sweepNext();
      chunks.push([item]);
    },
    *after(seq) {
      const first = findFirst(chunks.length, (index) => lastSeqOf(chunks[index]) > seq);
      const from = chunks[first] ?? [];
      let start = findFirst(from.length, (index) => (from[index]?.seq ?? 0) > seq);
      for (let index = first; index < chunks.length; index++) {
        for (const item of chunks[index]?.slice(start) ?? []) if (isThere(item)) yield item;
        start = 0;
      }
    },
  };
}

/** The first of `length` indexes of which `isAbove`, which is so for all after one for which it is. */
function findFirst(length: number, isAbove: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isAbove(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The page of those that `matches` takes; looks at no more than 10,000 of them. */
export function takePage<T extends { readonly seq: number }>(
  sequence: Sequence<T>,
  { after, limit }: PageQuery,
  matches: (item: T) => boolean,
): Page<T> {
  const items: T[] = [];
  let last = after;
  let examined = 0;
  for (const item of sequence.after(after)) {
    if (items.length === limit || examined === MAX_EXAMINED) return { items, next: last };
    examined++;
    last = item.seq;
    if (matches(item)) items.push(item);
  }
  return { items, next: undefined };
}
