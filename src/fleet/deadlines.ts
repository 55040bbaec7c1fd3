import { createHeap } from "./heap.ts";

/** Things that fall due, soonest first. */
export interface Deadlines<T> {
  readonly size: number;
  /** Adds an item that falls due at `at` (epoch milliseconds). */
  readonly add: (at: number, item: T) => void;
  /** Takes the soonest item out if it is due at `now`. */
  readonly takeDue: (now: number) => T | undefined;
}

/** What falls due within one span of time, in no order. */
interface Span<T> {
  readonly start: number;
  readonly times: number[];
  readonly items: T[];
}

const SPAN_MS = 1_000;
/** After so many additions, some of what there is is looked through … */
const SWEEP_EVERY = 512;
/** … twice as many: so what stands for nothing never outnumbers the rest by much. */
const LOOKS = 2 * SWEEP_EVERY;
/** So many that stand for nothing are no trouble. */
const MIN_BOUND = 1_024;

/**
 * Creates an empty list of deadlines. What falls due in the second that has begun is in a heap, and what comes later lies
 * second by second: there can be millions, and most never fall due. Entries that no longer stand for anything, by the word of
 * `isPending`, are swept out in passing.
 */
export function createDeadlines<T>(isPending: (item: T, at: number) => boolean): Deadlines<T> {
  const soon = createHeap<T>();
  const starts = createHeap<Span<T>>();
  const spans = new Map<number, Span<T>>();
  /** Everything that is due before this is in `soon`. */
  let soonUntil = Number.NEGATIVE_INFINITY;
  let later = 0;
  let added = 0;
  let soonBound = MIN_BOUND;
  let inSweep = spans.values();

  function addLater(at: number, item: T): void {
    const start = Math.floor(at / SPAN_MS) * SPAN_MS;
    const span = spans.get(start) ?? beginSpan(start);
    span.times.push(at);
    span.items.push(item);
    later++;
  }

  function beginSpan(start: number): Span<T> {
    const span = { start, times: [], items: [] };
    spans.set(start, span);
    starts.add(start, span);
    return span;
  }

  const isThere = (span: Span<T>): boolean => spans.get(span.start) === span;

  /** Has the spans that have begun at `now` be sorted. */
  function open(now: number): void {
    while (starts.lowest <= now) {
      const span = starts.take();
      if (!span) return;
      if (!isThere(span)) continue;
      for (const [index, item] of span.items.entries()) soon.add(span.times[index] ?? 0, item);
      later -= span.items.length;
      spans.delete(span.start);
      soonUntil = span.start + SPAN_MS;
    }
  }

  /** Looks through the spans by turns, and through the heap when it has doubled. */
  function sweep(): void {
    if (soon.size > soonBound) {
      soon.sweep(isPending);
      soonBound = Math.max(MIN_BOUND, 2 * soon.size);
    }
    for (let looked = 0; looked < LOOKS; ) {
      const { value: span } = inSweep.next();
      if (span === undefined) {
        inSweep = spans.values();
        break;
      }
      looked += 1 + span.items.length;
      sweepSpan(span);
    }
    if (starts.size > MIN_BOUND + 2 * spans.size) starts.sweep(isThere);
  }

  function sweepSpan(span: Span<T>): void {
    const { times, items, start } = span;
    let kept = 0;
    for (const [index, item] of items.entries()) {
      const at = times[index] ?? start;
      if (!isPending(item, at)) continue;
      times[kept] = at;
      items[kept++] = item;
    }
    later -= items.length - kept;
    times.length = kept;
    items.length = kept;
    if (kept === 0) spans.delete(start);
  }

  return {
    get size() {
      return soon.size + later;
    },
    add(at, item) {
      if (++added % SWEEP_EVERY === 0) sweep();
      if (at < soonUntil) soon.add(at, item);
      else addLater(at, item);
    },
    takeDue(now) {
      if (soon.lowest > now) open(now);
      return soon.lowest <= now ? soon.take() : undefined;
    },
  };
}
