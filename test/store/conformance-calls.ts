import { expect } from "bun:test";
import type { Awaitable } from "../../src/awaitable.ts";
import type { AdmitRequest } from "../../src/fleet/admit.ts";
import type { FleetStore } from "../../src/fleet/store.ts";
import type { Task } from "../../src/fleet/tasks.ts";
import type { StoreWorld } from "./store-world.ts";

const LIMITS = { maxPeers: 1_000, maxRooms: 1_000 };
let exchange = 1;

/** A Connect of a user to a room. */
export function join(room: string, user: string): AdmitRequest {
  return {
    pool: "default",
    namespace: "acme",
    customer: "acme",
    limits: LIMITS,
    user,
    rooms: [room],
    preferredServer: undefined,
    tags: [],
  };
}

/** The room that a call is about. */
export function target(room: string) {
  return { customer: "acme", namespace: "acme", room };
}

/** A server's report over a connection that it keeps; rooms as name → peers. */
export async function report(
  store: FleetStore,
  endpoint: string,
  rooms: Readonly<Record<string, number>>,
): Promise<readonly Task[]> {
  return await store.report({
    pool: "default",
    endpoint,
    version: "1",
    load: 0.1,
    clients: Object.values(rooms).reduce((sum, peers) => sum + peers, 0),
    connection: endpoint,
    exchange: exchange++,
    rooms: Object.entries(rooms).map(([name, peers]) => ({
      namespace: "acme",
      name,
      customer: "acme",
      peers,
      ageMs: 60_000,
    })),
  });
}

/** Checks that it is refused with such an error. */
export async function expectRefusal(ask: () => Awaitable<unknown>, error: string): Promise<void> {
  await expect((async () => await ask())()).rejects.toMatchObject({ error });
}

/** Lets time pass while something reports as often as servers do. */
export async function passWithReports(world: StoreWorld, ms: number, send: () => Promise<unknown>): Promise<void> {
  for (let passed = 0; passed < ms; passed += 5_000) {
    await world.pass(Math.min(5_000, ms - passed));
    await send();
    await world.settle();
  }
}

/** What those were refused with who were. */
export function errorsOf(outcomes: readonly PromiseSettledResult<unknown>[]): Set<unknown> {
  return new Set(
    outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [(outcome.reason as { error?: unknown }).error] : [],
    ),
  );
}
