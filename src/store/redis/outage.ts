import type { Fleet } from "../../fleet/state.ts";

/** A customer's limits. */
interface Limits {
  readonly maxPeers: number;
  readonly maxRooms: number;
}

/** Limits while the gateways cannot ask each other: each may give away its share of what was left when that began. */
export interface OutageLimits {
  readonly begin: () => void;
  readonly of: (customer: string, limits: Limits, gateways: number) => Limits;
}

/** Creates the limits for outages of a fleet's shared state. */
export function createOutageLimits(fleet: Fleet): OutageLimits {
  const atStart = new Map<string, { readonly peers: number; readonly rooms: number }>();
  return {
    begin: () => atStart.clear(),
    of(customer, { maxPeers, maxRooms }, gateways) {
      const usage = fleet.usages.get(customer);
      const used = atStart.get(customer) ?? {
        peers: (usage?.peers ?? 0) + (usage?.reserved ?? 0),
        rooms: usage?.rooms ?? 0,
      };
      atStart.set(customer, used);
      return { maxPeers: share(maxPeers, used.peers, gateways), maxRooms: share(maxRooms, used.rooms, gateways) };
    },
  };
}

function share(limit: number, used: number, gateways: number): number {
  return Number.isFinite(limit) ? used + Math.floor(Math.max(0, limit - used) / gateways) : limit;
}
