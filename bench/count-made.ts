import { heapStats } from "bun:jsc";

const ATTEMPTS = 5;

/**
 * Counts what the engine makes for each item of the work, by its own names of the kinds. What is collected meanwhile would not be
 * counted, so then the next items are tried: `prepare` gives them anew. There should be some hundred, for which nothing is
 * collected as a rule; throws if something is each time.
 */
export async function countMade<T>(
  prepare: () => Promise<readonly T[]>,
  work: (item: T) => Promise<unknown>,
): Promise<ReadonlyMap<string, number>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const items = await prepare();
    Bun.gc(true);
    const before = heapStats().objectTypeCounts;
    for (const item of items) {
      // Held by nobody: where some are missing in the end, there was a collection meanwhile.
      void new WeakRef(items);
      await work(item);
    }
    const after = heapStats().objectTypeCounts;
    const made = new Map(Object.keys(after).map((kind) => [kind, (after[kind] ?? 0) - (before[kind] ?? 0)]));
    if ((made.get("WeakRef") ?? 0) < items.length) continue;
    made.delete("WeakRef");
    return new Map([...made].map(([kind, count]) => [kind, count / items.length]));
  }
  throw new Error(`something was collected in each of ${ATTEMPTS} attempts to count`);
}
