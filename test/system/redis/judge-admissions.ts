import { type Slot, toRoomId } from "./history.ts";
import type { Span } from "./spans.ts";
import type { Verdict } from "./verdict.ts";

/** What a customer may have. */
export interface Limits {
  readonly id: string;
  readonly maxPeers: number;
  readonly maxRooms: number;
}

/** Time after which a gateway has surely heard that a room is empty: two reports, and some more. */
const HEARSAY_MS = 5_000;

interface Held extends Span {
  readonly slot: Slot;
  /** Whether the slot was given in the stretch that is looked at. */
  readonly isNew: boolean;
}

/**
 * Whether the customers with limits had more than that in stretches without faults. A slot counts while it was surely held:
 * from the answer until the first report that no longer shows the user, or until the reservation is over; one of before the
 * stretch counts from the report that showed it, if its room is still where it was. What a fault let in beyond a limit may
 * stay; but then nobody else may come, so it is looked at whenever somebody new was let in.
 */
export function judgeAdmissions(options: {
  slots: readonly Slot[];
  limits: readonly Limits[];
  quiet: readonly Span[];
  reservationMs: number;
}): Verdict[] {
  const { slots, limits, quiet, reservationMs } = options;
  const [peers, rooms] = [toTally(), toTally()];
  for (const { id, maxPeers, maxRooms } of limits) {
    if (!Number.isFinite(maxPeers) && !Number.isFinite(maxRooms)) continue;
    const own = slots.filter(({ attempt }) => attempt.customer === id);
    for (const stretch of quiet) {
      const held = own.flatMap((slot) => toHeld(slot, own, stretch, reservationMs));
      if (Number.isFinite(maxPeers)) countPeers(held, { id, maxPeers }, peers);
      if (Number.isFinite(maxRooms)) countRooms(held, own, { id, maxRooms, stretch, reservationMs }, rooms);
    }
  }
  return [
    { promise: "no more peers than the limit, without faults", ...peers, note: `at most ${peers.most}` },
    { promise: "no more rooms than the limit, without faults", ...rooms, note: `at most ${rooms.most}` },
  ];
}

function toTally() {
  return { checked: 0, violations: [] as string[], most: 0 };
}

function toHeld(slot: Slot, all: readonly Slot[], stretch: Span, reservationMs: number): Held[] {
  const { attempt, joinedAt, shownAt, goneAt = Number.POSITIVE_INFINITY } = slot;
  const expiresAt = attempt.sentAt + reservationMs;
  const isLate = shownAt !== undefined && shownAt > expiresAt;
  const isNew = attempt.sentAt >= stretch.from;
  const to = joinedAt === undefined ? expiresAt : shownAt === undefined ? Math.min(goneAt, expiresAt) : goneAt;
  const from = isNew && !isLate ? attempt.answeredAt : (shownAt ?? Number.POSITIVE_INFINITY);
  if (from >= to || from > stretch.to || to < stretch.from) return [];
  if (!isNew && findHome(all, attempt.room, stretch) !== attempt.address) return [];
  return [{ slot, isNew, from, to }];
}

/** Where the room was when the stretch had begun; nothing if nobody asked. */
function findHome(all: readonly Slot[], room: string, { from, to }: Span): string | undefined {
  return all.find(({ attempt }) => attempt.room === room && attempt.sentAt >= from && attempt.sentAt <= to)?.attempt
    .address;
}

/** Walks through what begins and ends, in order; of what happens at once the ends come first. */
function* walk(held: readonly Held[]): Generator<{ readonly at: number; readonly held: Held; readonly rise: 1 | -1 }> {
  const events = held.flatMap((each) => [
    { at: each.from, held: each, rise: 1 as const },
    { at: each.to, held: each, rise: -1 as const },
  ]);
  yield* events.sort((a, b) => a.at - b.at || a.rise - b.rise);
}

function countPeers(
  held: readonly Held[],
  { id, maxPeers }: { id: string; maxPeers: number },
  tally: ReturnType<typeof toTally>,
): void {
  let count = 0;
  for (const { at, held: each, rise } of walk(held)) {
    count += rise;
    if (rise < 0 || !each.isNew) continue;
    tally.checked++;
    tally.most = Math.max(tally.most, count);
    if (count > maxPeers) tally.violations.push(`${id} had ${count} of ${maxPeers} peers at ${Math.round(at)} ms`);
  }
}

function countRooms(
  held: readonly Held[],
  all: readonly Slot[],
  options: { id: string; maxRooms: number; stretch: Span; reservationMs: number },
  tally: ReturnType<typeof toTally>,
): void {
  const { id, maxRooms, stretch, reservationMs } = options;
  const old = new Set(
    all.filter((slot) => mayHold(slot, stretch.from, reservationMs)).map(({ attempt }) => attempt.room),
  );
  const counts = new Map<string, number>();
  let opened = 0;
  for (const { at, held: each, rise } of walk(held)) {
    const { customer, room } = each.slot.attempt;
    const key = toRoomId(customer, room);
    const count = (counts.get(key) ?? 0) + rise;
    if (count === 0) counts.delete(key);
    else counts.set(key, count);
    const isNewRoom = !old.has(room);
    if (isNewRoom && (rise > 0 ? count === 1 : count === 0)) opened += rise;
    if (rise < 0 || opened === 0) continue;
    tally.checked++;
    tally.most = Math.max(tally.most, counts.size);
    if (counts.size > maxRooms)
      tally.violations.push(`${id} had ${counts.size} of ${maxRooms} rooms at ${Math.round(at)} ms`);
  }
}

/** Says whether a slot of before may have held its room at that time still. */
function mayHold({ attempt, joinedAt, goneAt }: Slot, at: number, reservationMs: number): boolean {
  if (attempt.sentAt >= at) return false;
  const reservedUntil = attempt.answeredAt + reservationMs;
  const until = joinedAt === undefined ? reservedUntil : Math.max(goneAt ?? Number.POSITIVE_INFINITY, reservedUntil);
  return until + HEARSAY_MS > at;
}
