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
/** While what there is is looked through, that goes on after so many additions … */
const SWEEP_EVERY = 512;
/** … with four times as many: so that it ends before there is twice as much. */
const LOOKS = 4 * SWEEP_EVERY;
/** So many that stand for nothing are no trouble. */
const MIN_BOUND = 1_024;

/**
 * Creates an empty list of deadlines. What falls due in the second that has begun is in a heap, and what comes later lies
 * second by second: there can be millions. Entries that no longer stand for anything, by the word of `isPending`, are swept
 * out when there are twice as many entries as the last time, little by little: where as many come as fall due, nobody looks.
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
  let laterBound = MIN_BOUND;
  /** What is still to be looked through. */
  let inSweep: Iterator<Span<T>> | undefined;

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
      span.items.forEach((item, index) => {
        soon.add(span.times[index] ?? span.start, item);
      });
      later -= span.items.length;
      laterBound = Math.min(laterBound, Math.max(MIN_BOUND, 2 * later));
      spans.delete(span.start);
      soonUntil = span.start + SPAN_MS;
    }
  }

  /** Looks through the heap, or the spans, when there is twice as much in it as the last time. */
  function sweep(): void {
    if (soon.size > soonBound) {
      soon.sweep(isPending);
      soonBound = Math.max(MIN_BOUND, 2 * soon.size);
    }
    if (later > laterBound) inSweep ??= spans.values();
    for (let looked = 0; inSweep && looked < LOOKS; ) {
      const { value: span, done } = inSweep.next();
      if (done) {
        inSweep = undefined;
        laterBound = Math.max(MIN_BOUND, 2 * later);
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
    items.forEach((item, index) => {
      const at = times[index] ?? start;
      if (!isPending(item, at)) return;
      times[kept] = at;
      items[kept++] = item;
    });
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
