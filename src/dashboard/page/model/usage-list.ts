import type { UsageEntry } from "./methods.ts";

/** How near a customer is to the nearest of its limits; 1 is at it, 0 if it has none. */
export function pressureOf({ peers, reserved, rooms, bans, maxPeers, maxRooms, maxBans }: UsageEntry): number {
  return Math.max(shareOf(peers + reserved, maxPeers), shareOf(rooms, maxRooms), shareOf(bans, maxBans));
}

/** Customers who are nearest to a limit first, then those who use the most. */
export function sortUsage(customers: readonly UsageEntry[]): UsageEntry[] {
  const rank = (entry: UsageEntry) => Math.round(pressureOf(entry) * 100);
  return [...customers].sort((a, b) => rank(b) - rank(a) || b.peers - a.peers || a.customer.localeCompare(b.customer));
}

function shareOf(used: number, limit: number | null): number {
  if (limit === null) return 0;
  return limit === 0 ? Number(used > 0) : used / limit;
}
