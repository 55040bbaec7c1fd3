/** A stretch of time on the clock of `performance`, in milliseconds; `to` is Infinity as long as it lasts. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Stretches of time in which something was so. */
export interface Spans {
  /** Says that it is so from now on, or since then; does nothing if it is so already. */
  readonly begin: (at?: number) => void;
  /** Says that it is so no more. */
  readonly end: (at?: number) => void;
  /** In order. */
  readonly all: () => readonly Span[];
}

/** Creates stretches of which there is none yet. */
export function createSpans(): Spans {
  const ended: Span[] = [];
  let since: number | undefined;
  return {
    begin(at = performance.now()) {
      since ??= at;
    },
    end(at = performance.now()) {
      if (since !== undefined) ended.push({ from: since, to: at });
      since = undefined;
    },
    all: () => (since === undefined ? ended : [...ended, { from: since, to: Number.POSITIVE_INFINITY }]),
  };
}

/** Says whether one of the stretches and that one have a moment in common. */
export function overlaps(spans: readonly Span[], { from, to }: Span): boolean {
  return spans.some((span) => span.from <= to && span.to >= from);
}

/** What is left of `whole` between stretches that are in order, each of which lasts `graceMs` longer than it says. */
export function findGaps(spans: readonly Span[], whole: Span, graceMs: number): Span[] {
  const gaps: Span[] = [];
  let from = whole.from;
  for (const span of spans) {
    if (span.from > from) gaps.push({ from, to: Math.min(span.from, whole.to) });
    from = Math.max(from, span.to + graceMs);
  }
  if (from < whole.to) gaps.push({ from, to: whole.to });
  return gaps;
}
