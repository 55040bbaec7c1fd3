import type { Database } from "bun:sqlite";
import { splitKey } from "../fleet/ids.ts";
import type { SavedGroup, SavedListing, SavedRoom } from "../fleet/saved-state.ts";
import type { StateRows } from "./state-rows.ts";

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
export function takeOutGroups(database: Database): StateRows {
  const rows = database.query<{ key: string; value: string }, []>("SELECT key, value FROM groups").all();
  database.run("DROP TABLE groups");
  const listings = new Map<string, SavedListing[number][]>();
  const groups: SavedGroup[] = [];
  for (const { key, value } of rows) {
    const { server, namespace, tokenUntil, rooms }: OldGroup = JSON.parse(value);
    const listed = rooms.filter(([, , isListed]) => isListed);
    const listing = listed.map(([name, customer, , peers]) => [namespace, customer, [name, peers]] as const);
    const before = listings.get(server);
    if (before) before.push(...listing);
    else if (listing.length > 0) listings.set(server, listing);
    const others = rooms.filter(([, , isListed, , reservations]) => !isListed || reservations.length > 0);
    if (tokenUntil === 0 && others.length === 0) continue;
    const tag = splitKey(key)?.[2] ?? "";
    const held = others.map(([name, customer, , , ...slots]): SavedRoom => [name, customer, ...slots]);
    groups.push([server, namespace, tag, tokenUntil, ...held]);
  }
  return {
    isEverything: false,
    servers: [],
    listings: [...listings].map(([server, listing]) => [server, JSON.stringify(listing)]),
    groups: groups.map((group, index) => [index + 1, JSON.stringify(group)]),
    bans: [],
    tasks: [],
  };
}
