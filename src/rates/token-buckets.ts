import { createFullestFirst, type Queued } from "./fullest-first.ts";

/** How often something may be done: so often at once, and then as often as tokens come back. */
export interface Rate {
  /** Tokens that come back in a second, more than 0. */
  readonly perSecond: number;
  /** Tokens that a full bucket holds, 1 or more. */
  readonly burst: number;
}

/** Token buckets of one rate, by whatever they are told apart by. */
export interface TokenBuckets {
  readonly rate: Rate;
  /** How many are kept: those that are not full, and some that have become full since. */
  readonly size: () => number;
  /** Whether any bucket may be without a token: if not, `peek` gives 0 for every key. */
  readonly hasEmpty: () => boolean;
  /** Milliseconds until there is a token; 0 if there is one. */
  readonly peek: (key: string) => number;
  /** Takes a token if there is one, and gives 0; else takes none, and gives the milliseconds until there is one. */
  readonly take: (key: string) => number;
  /** Takes a token also where there is none: it is owed then, and at most as many as a bucket holds. */
  readonly charge: (key: string) => void;
}

/** Less than 10 MB for each table that is full. */
const MAX_BUCKETS = 65_536;
/** What rounding may make of a wait that is none. */
const ROUNDING_MS = 1e-3;

/**
 * Creates buckets that are all full. A bucket that is full says as much as none, so only others are kept, and at most `max`
 * of them. Where there are more, the one that would be full first is given up: whoever is to forget an empty bucket has to
 * empty `max` others. `now` gives milliseconds that only run forward.
 */
export function createTokenBuckets(rate: Rate, now: () => number, max = MAX_BUCKETS): TokenBuckets {
  const tokenMs = 1_000 / rate.perSecond;
  const capacityMs = rate.burst * tokenMs;
  // Small numbers keep fractions of a millisecond that epoch milliseconds have no place for.
  const startedAtMs = now();
  const buckets = new Map<string, Queued>();
  const queue = createFullestFirst();
  let lastFullAtMs = 0;

  function dropFirst(): void {
    const first = queue.first();
    if (first === undefined) return;
    buckets.delete(first.key);
    queue.drop();
  }

  /** Makes room for one more; of those that have become full two go each time, so that the table shrinks without a stop. */
  function makeRoom(nowMs: number): void {
    for (let i = 0; i < 2; i++) if ((queue.first()?.fullAtMs ?? Number.POSITIVE_INFINITY) <= nowMs) dropFirst();
    if (queue.size() >= max) dropFirst();
  }

  function fill(key: string, bucket: Queued | undefined, fullAtMs: number, nowMs: number): void {
    lastFullAtMs = Math.max(lastFullAtMs, fullAtMs);
    if (bucket) {
      bucket.fullAtMs = fullAtMs;
      queue.delay(bucket);
      return;
    }
    makeRoom(nowMs);
    const added = { key, fullAtMs, place: 0 };
    buckets.set(key, added);
    queue.add(added);
  }

  const toWait = (fullAtMs: number, nowMs: number): number => {
    const waitMs = fullAtMs + tokenMs - nowMs - capacityMs;
    return waitMs <= ROUNDING_MS ? 0 : waitMs;
  };

  return {
    rate,
    size: queue.size,
    hasEmpty: () => toWait(lastFullAtMs, now() - startedAtMs) > 0,
    peek(key) {
      const bucket = buckets.get(key);
      return bucket === undefined ? 0 : toWait(bucket.fullAtMs, now() - startedAtMs);
    },
    take(key) {
      const nowMs = now() - startedAtMs;
      const bucket = buckets.get(key);
      const fullAtMs = bucket ? Math.max(bucket.fullAtMs, nowMs) : nowMs;
      const waitMs = toWait(fullAtMs, nowMs);
      if (waitMs === 0) fill(key, bucket, fullAtMs + tokenMs, nowMs);
      return waitMs;
    },
    charge(key) {
      const nowMs = now() - startedAtMs;
      const bucket = buckets.get(key);
      const fullAtMs = bucket ? Math.max(bucket.fullAtMs, nowMs) : nowMs;
      fill(key, bucket, Math.min(fullAtMs + tokenMs, nowMs + 2 * capacityMs), nowMs);
    },
  };
}
