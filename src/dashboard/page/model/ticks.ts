import type { FeedTick } from "../../feed.ts";

/** Refusals of a second, over all reasons. */
export function countRefusals({ refusals }: FeedTick): number {
  return Object.values(refusals).reduce((sum, count) => sum + count, 0);
}

/** Mean over the last seconds; 0 if there are none. */
export function meanOf(ticks: readonly FeedTick[], seconds: number, pick: (tick: FeedTick) => number): number {
  const recent = ticks.slice(-seconds);
  return recent.reduce((sum, tick) => sum + pick(tick), 0) / Math.max(1, recent.length);
}

/** The highest 99th percentile of the last seconds in which somebody came; null if nobody did. */
export function worstP99(ticks: readonly FeedTick[], seconds: number): number | null {
  const values = ticks.slice(-seconds).flatMap(({ p99Ms }) => (p99Ms === null ? [] : [p99Ms]));
  return values.length === 0 ? null : Math.max(...values);
}

/** Reasons for refusals, the most frequent first. */
export function listReasons(ticks: readonly FeedTick[]): string[] {
  const counts = new Map<string, number>();
  for (const { refusals } of ticks)
    for (const [reason, count] of Object.entries(refusals)) counts.set(reason, (counts.get(reason) ?? 0) + count);
  return [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b)).map(([reason]) => reason);
}

/** What the names of refusals mean to people. */
const REASONS: Readonly<Record<string, string>> = {
  unauthorized: "token not accepted",
  forbidden: "not allowed",
  peerLimit: "customer's peer limit",
  roomLimit: "customer's room limit",
  noServer: "no server available",
  roomClosed: "room is closed",
  userBanned: "user is banned",
  tooManyRequests: "too many requests",
  unavailable: "gateway not ready",
  notKept: "could not be kept",
  internal: "internal error",
};

/** A refusal's reason in words, or its name if it is none of the usual ones. */
export function tellReason(name: string): string {
  return REASONS[name] ?? name;
}
