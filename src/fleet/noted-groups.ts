import { countReservations } from "./reservations.ts";
import type { Group, KeptGroup, Room } from "./room.ts";
import { roomsOf } from "./spaces.ts";
import type { Fleet } from "./state.ts";

/**
 * Groups of which something is to be written, in the order in which that began: each group knows in which list it is. There are
 * thousands a second in a large fleet, and a `Set` that grows to that takes a megabyte each time.
 */
export interface NotedGroups {
  /** An entry stands for something while its group is in this list; the second one for the same group does not. */
  entries: Group[];
  /** Where the entries begin of which none was taken out. */
  first: number;
  size: number;
}

/** Creates an empty list. */
export function createNotedGroups(): NotedGroups {
  return { entries: [], first: 0, size: 0 };
}

/** Puts the group into the list, and takes it out of the one in which it is. */
export function note(fleet: Fleet, list: NotedGroups, group: Group): void {
  group.kept ??= { row: fleet.nextRow++, notedIn: undefined };
  const { kept } = group;
  if (kept.notedIn === list) return;
  unnote(kept);
  kept.notedIn = list;
  list.entries.push(group);
  list.size++;
}

function unnote(kept: KeptGroup): void {
  if (kept.notedIn) kept.notedIn.size--;
  kept.notedIn = undefined;
}

/** Takes groups out, those first that were noted first; at most so many. */
export function takeGroups(list: NotedGroups, max: number): Group[] {
  const taken: Group[] = [];
  const { entries } = list;
  while (list.first < entries.length && taken.length < max) {
    const group = entries[list.first++];
    if (group?.kept?.notedIn !== list) continue;
    unnote(group.kept);
    taken.push(group);
  }
  // Not after every few of a million: that would copy the rest each time.
  if (2 * list.first >= entries.length) {
    list.entries = entries.slice(list.first);
    list.first = 0;
  }
  return taken;
}

/** Has nothing of the group kept any more: its row goes to those that are gone. */
export function forgetRow(goneRows: Set<number>, group: Group): void {
  const { kept } = group;
  if (!kept) return;
  unnote(kept);
  group.kept = undefined;
  goneRows.add(kept.row);
}

/** Says whether the listing of its server tells all that is to be kept of the group. */
export function isTold(group: Group): boolean {
  return group.tokens === undefined && roomsOf(group).every(isToldByListing);
}

/** Says whether the listing of its server tells all that is to be kept of the room: nobody is on the way to it. */
export function isToldByListing({ listedIn, traffic }: Room): boolean {
  return listedIn > 0 && (traffic === undefined || countReservations(traffic) === 0);
}
