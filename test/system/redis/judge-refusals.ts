import type { Attempt, Slot } from "./history.ts";
import type { Limits } from "./judge-admissions.ts";
import type { Span } from "./spans.ts";
import type { Verdict } from "./verdict.ts";

const PEER_LIMIT = -32010;
const ROOM_LIMIT = -32011;
/** Time after which a gateway has surely heard that somebody left: two reports, and some more. */
const HEARSAY_MS = 5_000;

interface Use extends Span {
  readonly room: string;
}

/**
 * Whether whoever was refused for a limit in stretches without faults was so rightly: it could have been reached, with all who
 * may have held a slot at that time. Slots that were never given back would show here.
 */
export function judgeRefusals(options: {
  attempts: readonly Attempt[];
  slots: readonly Slot[];
  limits: readonly Limits[];
  quiet: readonly Span[];
  reservationMs: number;
}): Verdict {
  const { attempts, slots, limits, quiet, reservationMs } = options;
  const violations: string[] = [];
  let checked = 0;
  for (const { id, maxPeers, maxRooms } of limits) {
    const own = attempts.filter(({ customer }) => customer === id);
    const uses = [
      ...slots.filter(({ attempt }) => attempt.customer === id).map((slot) => toUse(slot, reservationMs)),
      // Of those that were never answered, nobody knows.
      ...own
        .filter(({ status }) => status === 0)
        .map(({ sentAt, answeredAt, room }) => ({ room, from: sentAt, to: answeredAt + reservationMs + HEARSAY_MS })),
    ];
    const countPeers = createCounter(uses);
    for (const { code, sentAt, answeredAt } of own) {
      if (code !== PEER_LIMIT && code !== ROOM_LIMIT) continue;
      if (!quiet.some(({ from, to }) => from <= sentAt && answeredAt <= to)) continue;
      checked++;
      const when = { from: sentAt, to: answeredAt };
      const [most, limit] =
        code === PEER_LIMIT ? [countPeers(when), maxPeers] : [countRooms(uses, when, maxRooms), maxRooms];
      if (most < limit)
        violations.push(`${id} had ${most} of ${limit} at most at ${Math.round(sentAt)} ms, and was refused (${code})`);
    }
  }
  return { promise: "a limit refuses nobody before it is reached", checked, violations };
}

/** When the slot may have been held. */
function toUse({ attempt, joinedAt, goneAt = Number.POSITIVE_INFINITY }: Slot, reservationMs: number): Use {
  const reservedUntil = attempt.answeredAt + reservationMs + HEARSAY_MS;
  const to = joinedAt === undefined ? reservedUntil : Math.max(goneAt + HEARSAY_MS, reservedUntil);
  return { room: attempt.room, from: attempt.sentAt, to };
}

/** Counts the stretches that have a moment in common with another: those that have begun, without those that were over. */
function createCounter(spans: readonly Span[]): (when: Span) => number {
  const begins = Float64Array.from(spans, ({ from }) => from).sort();
  const ends = Float64Array.from(spans, ({ to }) => to).sort();
  return ({ from, to }) => countUpTo(begins, to, true) - countUpTo(ends, from, false);
}

/** How many of the sorted numbers are below the bound, or at it where that counts too. */
function countUpTo(sorted: Float64Array, bound: number, isIncluded: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const value = sorted[middle] ?? 0;
    if (value < bound || (isIncluded && value === bound)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Rooms that were in use then, counted no further than to the limit. */
function countRooms(uses: readonly Use[], when: Span, limit: number): number {
  const rooms = new Set<string>();
  for (const { room, from, to } of uses) {
    if (from <= when.to && to >= when.from) rooms.add(room);
    if (rooms.size >= limit) break;
  }
  return rooms.size;
}
