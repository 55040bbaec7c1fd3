import type { Database } from "bun:sqlite";
import { splitKey } from "../fleet/ids.ts";
import { addListed, type ListingPart, type SavedGroup, type SavedRoom } from "../fleet/saved-state.ts";
import type { StateRows, TableRows } from "./state-rows.ts";

/** Of the form in which each group was kept with all of its rooms, under its key. */
export const VERSION_WITHOUT_LISTINGS = 1;

/** A group in that form. */
interface OldGroup {
  readonly server: SavedGroup[0];
  readonly namespace: string;
  readonly tokenUntil: number;
  readonly rooms: readonly OldRoom[];
}

type OldRoom =
  | readonly [...OldListing, SavedRoom[2]]
  | readonly [...OldListing, SavedRoom[2], NonNullable<SavedRoom[3]>];

type OldListing = readonly [name: string, customer: string, isListed: boolean, peers: number];

/** Takes the table of groups out of a database of that form, and gives the rows that tell the same in the next one. */
export function takeOutGroups(database: Database): Pick<StateRows, "listings" | "groups"> {
  const listings = new Map<string, ListingPart[]>();
  const groups: TableRows[number][] = [];
  for (const { key, value } of database.query<{ key: string; value: string }, []>("SELECT * FROM groups").iterate()) {
    const { server, namespace, tokenUntil, rooms }: OldGroup = JSON.parse(value);
    for (const [name, customer, isListed, peers] of rooms) {
      if (!isListed) continue;
      const listing = listings.get(server) ?? [];
      listings.set(server, listing);
      addListed(listing, namespace, customer, name, peers);
    }
    const others = rooms.filter(([, , isListed, , reservations]) => !isListed || reservations.length > 0);
    if (tokenUntil === 0 && others.length === 0) continue;
    const tag = splitKey(key)?.[2] ?? "";
    const held = others.map(([name, customer, , , ...slots]): SavedRoom => [name, customer, ...slots]);
    groups.push([
      groups.length + 1,
      JSON.stringify([server, namespace, tag, tokenUntil, ...held] satisfies SavedGroup),
    ]);
  }
  database.run("DROP TABLE groups");
  return { listings: [...listings].map(([server, listing]) => [server, JSON.stringify(listing)]), groups };
}
