/** Some things in the order of their keys, and where the next page begins; `next` is absent on the last one. */
export interface KeyPage<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/** Which page: up to `limit` things whose keys come after `after`, which need not be there any more. */
export interface KeyPageQuery {
  readonly after?: string | undefined;
  readonly limit: number;
}

interface Keyed<T> {
  readonly key: string;
  readonly item: T;
}

/** So many are gathered beyond two pages before the lowest are picked. */
const SPARE = 1_000;

/**
 * The page of things that are in no order, by keys that differ. One pass over all of them: never are all sorted, so that
 * a page of a hundred thousand takes milliseconds.
 */
export function takeKeyPage<T>(
  items: Iterable<T>,
  toKey: (item: T) => string,
  { after = "", limit }: KeyPageQuery,
): KeyPage<T> {
  let lowest: Keyed<T>[] = [];
  let highest: string | undefined;
  for (const item of items) {
    const key = toKey(item);
    if (key <= after || (highest !== undefined && key > highest)) continue;
    lowest.push({ key, item });
    if (lowest.length <= 2 * limit + SPARE) continue;
    lowest = pickLowest(lowest, limit + 1);
    highest = lowest.at(-1)?.key;
  }
  const found = pickLowest(lowest, limit + 1);
  const page = found.slice(0, limit);
  return { items: page.map(({ item }) => item), next: found.length > limit ? page.at(-1)?.key : undefined };
}

function pickLowest<T>(keyed: Keyed<T>[], count: number): Keyed<T>[] {
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, count);
}
