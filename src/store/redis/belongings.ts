import type { Ban } from "../../fleet/ban.ts";
import type { Group } from "../../fleet/room.ts";
import { roomsOf } from "../../fleet/spaces.ts";
import type { Fleet } from "../../fleet/state.ts";

/** What a gateway knows of one customer. */
export interface Belongings {
  readonly groups: Group[];
  readonly bans: Ban[];
}

/** What there is of each customer; groups without rooms, which are only kept for tokens, are of nobody. */
export function sortByCustomer(fleet: Fleet): Map<string, Belongings> {
  const sorted = new Map<string, Belongings>();
  const of = (customer: string): Belongings => {
    const known = sorted.get(customer) ?? { groups: [], bans: [] };
    sorted.set(customer, known);
    return known;
  };
  for (const { groups } of fleet.servers.values())
    for (const group of groups) {
      const [room] = roomsOf(group);
      if (room) of(room.usage.customer).groups.push(group);
    }
  for (const { usage, room, users } of fleet.bans.values())
    of(usage.customer).bans.push(...(room ? [room] : []), ...users.values());
  return sorted;
}

/** Finds what there is of a customer. */
export interface BelongingsIndex {
  /** With all that was there when `stamp` was given; of what came after that, some. */
  readonly find: (customer: string, stamp: number) => Belongings | undefined;
  /** Has the next search begin anew. */
  readonly forget: () => void;
}

/** How old the index may be. */
const INDEX_MS = 1_000;

/**
 * Creates the finder. It goes through all that there is once a second at most, if stamps do not ask for more: after an outage
 * thousands of customers are looked up one after the other. `newestStamp` is what a stamp would be now.
 */
export function createBelongingsIndex(fleet: Fleet, now: () => number, newestStamp: () => number): BelongingsIndex {
  let sorted: ReadonlyMap<string, Belongings> | undefined;
  let at = 0;
  let sortedStamp = 0;
  return {
    find(customer, stamp) {
      if (sorted === undefined || now() - at > INDEX_MS || stamp > sortedStamp) {
        sorted = sortByCustomer(fleet);
        at = now();
        sortedStamp = newestStamp();
        setTimeout(() => {
          sorted = undefined;
        }, INDEX_MS).unref();
      }
      return sorted.get(customer);
    },
    forget() {
      sorted = undefined;
    },
  };
}
