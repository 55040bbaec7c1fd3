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
const MIN_COMPACTION_SIZE = 1_024;

/**
 * Creates an empty sequence. Things that are gone, by the word of `isThere`, stay in it at first, but never outnumber the
 * others by much: whenever it has doubled, they are swept out.
 */
export function createSequence<T extends { readonly seq: number }>(isThere: (item: T) => boolean): Sequence<T> {
  let items: T[] = [];
  let compactAtSize = MIN_COMPACTION_SIZE;

  /** Where the first one above `seq` stands. */
  function findAbove(seq: number): number {
    let [low, high] = [0, items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((items[middle]?.seq ?? Number.POSITIVE_INFINITY) > seq) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  return {
    add(item) {
      if (items.length >= compactAtSize) {
        items = items.filter(isThere);
        compactAtSize = Math.max(MIN_COMPACTION_SIZE, 2 * items.length);
      }
      items.push(item);
    },
    *after(seq) {
      for (let index = findAbove(seq); index < items.length; index++) {
        const item = items[index];
        if (item !== undefined && isThere(item)) yield item;
      }
    },
  };
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
