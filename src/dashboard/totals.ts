import { type Census, SERVER_STATES, type ServerFigures } from "../fleet/census.ts";
import type { FeedTick, FeedTotals } from "./feed.ts";
import { toThousandths } from "./server-figures.ts";

const LOAD_CLASSES = 11;

/** The sums of a census; `customers` is how many are configured. */
export function toTotals({ servers, customers: users }: Census, customers: number): FeedTotals {
  const states = Object.fromEntries(SERVER_STATES.map((state) => [state, 0])) as Record<ServerFigures["state"], number>;
  for (const { state } of servers) states[state]++;
  return {
    servers: states,
    rooms: sum(servers, ({ rooms }) => rooms),
    peers: sum(servers, ({ peers }) => peers),
    clients: sum(servers, ({ clients }) => clients),
    customers,
    bans: sum(users, ({ bans }) => bans),
    tasksWaiting: sum(servers, ({ tasksWaiting }) => tasksWaiting),
  };
}

/** What a tick says of the fleet at its end. */
export function toTickFigures({ servers }: Census, { rooms, peers }: FeedTotals): Omit<FeedTick, "at" | CallFigures> {
  const loads = Array<number>(LOAD_CLASSES).fill(0);
  for (const { state, load } of servers) {
    if (state === "registered" || state === "disabled") continue;
    const index = Math.min(Math.max(0, Math.floor(load * 10)), LOAD_CLASSES - 1);
    loads[index] = (loads[index] ?? 0) + 1;
  }
  return { rooms, peers, pending: toThousandths(sum(servers, ({ pending }) => pending)), loads };
}

type CallFigures = "joins" | "refusals" | "p50Ms" | "p99Ms";

function sum<T>(items: readonly T[], toNumber: (item: T) => number): number {
  return items.reduce((total, item) => total + toNumber(item), 0);
}
