import type { Attempt, BackendCall } from "./history.ts";
import { toRoomId } from "./history.ts";
import { overlaps, type Span } from "./spans.ts";
import type { Verdict } from "./verdict.ts";

/** What is known of a gateway's times. */
export interface GatewayTimes {
  readonly down: readonly Span[];
  readonly alone: readonly Span[];
}

const USER_BANNED = -32014;
const ROOM_CLOSED = -32013;
/** A gateway that stood still for a while counts as just woken for so long. */
const WAKING_MS = 3_000;

/**
 * Whether nobody got in who was banned: Connects that went out after the ban was acknowledged, to gateways that were not on
 * their own. A ban of a time with Redis away counts from when the next quiet stretch begins.
 */
export function judgeBans(options: {
  attempts: readonly Attempt[];
  calls: readonly BackendCall[];
  gateways: readonly GatewayTimes[];
  quiet: readonly Span[];
}): Verdict[] {
  const { attempts, calls, gateways, quiet } = options;
  const bans = new Map<string, Span>();
  for (const call of calls) {
    if (call.kind !== "RoomBanClient" || call.banSec === 0 || !call.isAcknowledged) continue;
    const wasAlone = overlaps(gateways[call.gateway]?.alone ?? [], { from: call.sentAt, to: call.answeredAt });
    const from = wasAlone ? quiet.find((span) => span.from > call.answeredAt)?.from : call.answeredAt;
    if (from === undefined) continue;
    bans.set(toUserId(call), { from, to: call.sentAt + call.banSec * 1_000 });
  }
  const [settled, waking] = [
    toVerdict("a banned user is refused everywhere"),
    toVerdict("… by a gateway that just woke up"),
  ];
  for (const attempt of attempts) {
    const ban = bans.get(toUserId(attempt));
    const times = gateways[attempt.gateway];
    if (!ban || !times || attempt.status === 0) continue;
    const span = { from: attempt.sentAt, to: attempt.answeredAt };
    if (attempt.sentAt <= ban.from || attempt.answeredAt >= ban.to || overlaps(times.alone, span)) continue;
    const isWaking = times.down.some(({ from, to }) => from <= span.to && to + WAKING_MS >= span.from);
    const verdict = isWaking ? waking : settled;
    verdict.checked++;
    if (attempt.address === "") continue;
    const lateMs = Math.round(attempt.sentAt - ban.from);
    verdict.violations.push(`gateway ${attempt.gateway} let ${toUserId(attempt)} in ${lateMs} ms after the ban`);
  }
  return [settled, waking];
}

function toVerdict(promise: string) {
  return { promise, checked: 0, violations: [] as string[] };
}

/** Whether the bans that were acknowledged are listed at every gateway, of which `listed` has one set each. */
export function judgeListedBans(
  calls: readonly BackendCall[],
  listed: readonly ReadonlySet<string>[],
  now: number,
): Verdict {
  const verdict = toVerdict("an acknowledged ban is listed everywhere");
  for (const call of calls) {
    if (call.kind !== "RoomBanClient" || !call.isAcknowledged) continue;
    if (call.sentAt + call.banSec * 1_000 < now + WAKING_MS) continue;
    for (const [gateway, bans] of listed.entries()) {
      verdict.checked++;
      if (!bans.has(toUserId(call)))
        verdict.violations.push(
          `gateway ${gateway} does not list ${toUserId(call)}, banned at gateway ${call.gateway}`,
        );
    }
  }
  return verdict;
}

/** A user in a room, as bans name them. */
export function toUserId({ customer, room, user = "" }: Pick<BackendCall, "customer" | "room" | "user">): string {
  return `${toRoomId(customer, room)}/${user}`;
}

/**
 * Whether each acknowledged call reached a server that had the room: where it was when it was called, or where it moved to.
 * Nothing has to be delivered to a room that has ended meanwhile; and a call to close one, or to put somebody out, not to the
 * server to which the room moved.
 */
export function judgeTasks(
  calls: readonly BackendCall[],
  homesOf: (room: string) => ReadonlySet<string>,
  emptiedAt: (room: string) => number,
): Verdict {
  const verdict = { ...toVerdict("an acknowledged task reaches the room's server"), note: "" };
  let ended = 0;
  for (const call of calls) {
    if (!call.isAcknowledged) continue;
    const id = toRoomId(call.customer, call.room);
    const homes = homesOf(id);
    const isFirm = call.kind === "RoomUpdate" || call.kind === "RoomSendMessage";
    const isOver = emptiedAt(id) >= call.sentAt || (!isFirm && homes.size > 1);
    const has = [...call.receivedBy].some((endpoint) => homes.has(endpoint));
    if (!has && isOver) {
      ended++;
      continue;
    }
    verdict.checked++;
    if (has) continue;
    const where = call.receivedBy.size > 0 ? `only ${[...call.receivedBy]} got it` : "nobody got it";
    verdict.violations.push(
      `${call.kind} ${call.id} for ${id} at gateway ${call.gateway}: ${where}, not ${[...homes]}`,
    );
  }
  return { ...verdict, note: `${ended} more for rooms that ended` };
}

/** What may be answered to a Connect, beyond that it was let in. */
export interface Rights {
  readonly hasLimit: (customer: string, code: number) => boolean;
  /** Whether anybody asked for a ban on the user, or closed the room. */
  readonly mayBeBanned: (attempt: Attempt) => boolean;
  readonly mayBeClosed: (attempt: Attempt) => boolean;
}

const LIMIT_CODES = [-32010, -32011];
/** An answer that takes longer is none. */
const PATIENCE_MS = 5_000;

/** Whether Connects were answered, with 200 and an address or a refusal that is right, at gateways that were there. */
export function judgeAvailability(
  attempts: readonly Attempt[],
  gateways: readonly GatewayTimes[],
  rights: Rights,
): Verdict {
  const verdict = { ...toVerdict("Connect is answered, 99.9 %"), tolerated: 0.001 };
  for (const attempt of attempts) {
    const down = gateways[attempt.gateway]?.down ?? [];
    if (overlaps(down, { from: attempt.sentAt, to: attempt.answeredAt })) continue;
    verdict.checked++;
    const { status, code, address } = attempt;
    const tookMs = Math.round(attempt.answeredAt - attempt.sentAt);
    if (tookMs > PATIENCE_MS || !(address !== "" || isRight(attempt, rights)))
      verdict.violations.push(
        `gateway ${attempt.gateway} answered ${status} ${code} at ${Math.round(attempt.sentAt)} after ${tookMs} ms`,
      );
  }
  const share = verdict.checked === 0 ? 1 : 1 - verdict.violations.length / verdict.checked;
  return { ...verdict, note: `${(100 * share).toFixed(3)} %` };
}

function isRight(attempt: Attempt, { hasLimit, mayBeBanned, mayBeClosed }: Rights): boolean {
  if (attempt.status !== 200) return false;
  if (LIMIT_CODES.includes(attempt.code)) return hasLimit(attempt.customer, attempt.code);
  if (attempt.code === USER_BANNED) return mayBeBanned(attempt);
  return attempt.code === ROOM_CLOSED && mayBeClosed(attempt);
}
