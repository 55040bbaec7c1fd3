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
