import type { ServerState } from "../../../fleet/census.ts";
import type { FeedServer } from "../../feed.ts";
import { STATE_LOOKS } from "./server-states.ts";

/** A column by which the servers can be sorted. */
export type SortKey =
  | "state"
  | "server"
  | "load"
  | "trend"
  | "clients"
  | "rooms"
  | "pending"
  | "tasks"
  | "version"
  | "tags"
  | "pool"
  | "seen";

/** By which column, and which way. */
export interface Sorting {
  readonly key: SortKey;
  readonly isDescending: boolean;
}

/** Which servers are shown. */
export interface ServerFilter {
  readonly text: string;
  readonly state: ServerState | undefined;
  readonly pool: string | undefined;
}

const NATURAL = new Intl.Collator("en", { numeric: true });
const RECENT = 10;

type Value = (server: FeedServer) => number | string;

const VALUES: Readonly<Record<SortKey, Value>> = {
  state: ({ state }) => STATE_LOOKS[state].rank,
  server: ({ endpoint }) => endpoint,
  load: ({ load }) => load,
  trend: ({ loads, load }) => load - (loads.at(-RECENT) ?? loads[0] ?? load),
  clients: ({ clients }) => clients,
  rooms: ({ rooms }) => rooms,
  pending: ({ pending }) => pending,
  tasks: ({ tasksWaiting, tasksSent }) => tasksWaiting + tasksSent,
  version: ({ version }) => version,
  tags: ({ tags }) => tags.join(" "),
  pool: ({ pool }) => pool,
  seen: ({ lastSeenMs }) => -lastSeenMs,
};

/** Columns of which one wants to see the most first. */
const MOST_FIRST: ReadonlySet<SortKey> = new Set(["load", "trend", "clients", "rooms", "pending", "tasks", "seen"]);

/** The sorting after somebody has chosen the column: the other way round if it was chosen already. */
export function chooseColumn(sorting: Sorting, key: SortKey): Sorting {
  if (sorting.key === key) return { key, isDescending: !sorting.isDescending };
  return { key, isDescending: MOST_FIRST.has(key) };
}

/** Sorts servers into a new list; those that are equal stand in the order of their addresses, sfu2 before sfu10. */
export function sortServers(servers: readonly FeedServer[], { key, isDescending }: Sorting): FeedServer[] {
  const pick = VALUES[key];
  const sign = isDescending ? -1 : 1;
  return [...servers].sort((a, b) => sign * compare(pick(a), pick(b)) || compareIds(a, b));
}

function compare(a: number | string, b: number | string): number {
  return typeof a === "number" && typeof b === "number" ? a - b : NATURAL.compare(String(a), String(b));
}

function compareIds(a: FeedServer, b: FeedServer): number {
  return NATURAL.compare(a.endpoint, b.endpoint) || NATURAL.compare(a.pool, b.pool);
}

/**
 * Says whether the server is among those that are looked for. Every word has to be found in its address, pool or tags; one
 * that begins like a version ("1.6") may begin the server's version.
 */
export function matchesServer(server: FeedServer, { text, state, pool }: ServerFilter): boolean {
  if (state !== undefined && server.state !== state) return false;
  if (pool !== undefined && server.pool !== pool) return false;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every(
    (word) => wordsOf(server).includes(word) || (/^\d+\./.test(word) && server.version.startsWith(word)),
  );
}

function wordsOf({ endpoint, pool, tags }: FeedServer): string {
  return `${endpoint} ${pool} ${tags.join(" ")}`.toLowerCase();
}

/** The server that somebody most likely means who has typed so little: of "sfu7" and "sfu17" the former. */
export function pickBest(servers: readonly FeedServer[]): FeedServer | undefined {
  const length = Math.min(...servers.map(({ endpoint }) => endpoint.length));
  return servers.find(({ endpoint }) => endpoint.length === length);
}

/** The servers in the order in which they stood, with new ones after them: rows do not move under somebody's pointer. */
export function keepOrder(servers: readonly FeedServer[], order: readonly string[]): FeedServer[] {
  const places = new Map(order.map((id, index) => [id, index]));
  const placeOf = ({ id }: FeedServer) => places.get(id) ?? Number.MAX_SAFE_INTEGER;
  return [...servers].sort((a, b) => placeOf(a) - placeOf(b));
}
