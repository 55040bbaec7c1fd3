/** Joins that reports showed, of late. */
export interface JoinCounts {
  all: number;
  /** Those for which this gateway had issued a token. */
  own: number;
}

/** Joins over which the counts run; so many of our own are taken for granted at first. */
const MEMORY = 1_000;
/** Most gateways that one of them is taken to stand beside. */
const MAX_FACTOR = 16;

/** Creates counts that say that all joins are our own. */
export function createJoinCounts(): JoinCounts {
  return { all: MEMORY, own: MEMORY };
}

/** Takes in what one report showed. */
export function countJoins(counts: JoinCounts, all: number, own: number): void {
  const kept = Math.max(0, 1 - all / MEMORY);
  counts.all = counts.all * kept + all;
  counts.own = counts.own * kept + own;
}

/**
 * How many joins are on the way for each that this gateway knows of: 1 if it is alone, about 4 if it is one of four that do
 * not see each other's picks.
 */
export function joinFactor({ all, own }: JoinCounts): number {
  return Math.min(Math.max(all / Math.max(own, 1), 1), MAX_FACTOR);
}
