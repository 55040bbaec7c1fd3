import { heapStats } from "bun:jsc";

/**
 * Counts what the engine makes for each item of the work, by its own names of the kinds. Whatever the work gives is held until
 * all is counted; there should be so little that nothing is collected meanwhile, some hundred items.
 */
export async function countMade<T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<ReadonlyMap<string, number>> {
  const results: unknown[] = [];
  Bun.gc(true);
  const before = heapStats().objectTypeCounts;
  for (const item of items) results.push(await work(item));
  const after = heapStats().objectTypeCounts;
  return new Map(
    Object.entries(after).map(([kind, count]) => [kind, (count - (before[kind] ?? 0)) / results.length] as const),
  );
}
