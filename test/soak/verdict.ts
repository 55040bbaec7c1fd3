/** Memory of the gateway at some time after the load began. */
export interface Sample {
  readonly atSec: number;
  readonly rssBytes: number;
}

/** Whether the gateway grew, in bytes. */
export interface Verdict {
  readonly baseline: number;
  readonly end: number;
  /** End by baseline, less one. */
  readonly growth: number;
  readonly isGood: boolean;
}

/** By then everything has its size: caches are full, and code is compiled. */
const SETTLED_SEC = 120;
const WINDOW_SEC = 20;
const MAX_GROWTH = 0.1;

/**
 * Compares the memory of the last 20 s with that of the 20 s after two minutes; a run of less than four minutes has its
 * baseline in the middle. Medians, as the collector has the figure go up and down. Throws an Error if there is nothing to compare.
 */
export function judgeMemory(samples: readonly Sample[]): Verdict {
  const lastSec = samples.at(-1)?.atSec ?? 0;
  const fromSec = Math.min(SETTLED_SEC, lastSec / 2);
  const windowSec = Math.min(WINDOW_SEC, lastSec / 4);
  const baseline = findMedian(samples.filter(({ atSec }) => atSec >= fromSec && atSec <= fromSec + windowSec));
  const end = findMedian(samples.filter(({ atSec }) => atSec >= lastSec - windowSec));
  const growth = end / baseline - 1;
  return { baseline, end, growth, isGood: growth <= MAX_GROWTH };
}

function findMedian(samples: readonly Sample[]): number {
  const sorted = samples.map(({ rssBytes }) => rssBytes).toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  if (median === undefined) throw new Error("there are no samples to compare");
  return median;
}
