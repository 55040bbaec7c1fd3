import { createFleet } from "../../src/fleet/state.ts";
import { createSeededRandom } from "../../src/sim/random.ts";
import { createRedisStore, type RedisStore } from "../../src/store/redis/redis-store.ts";
import { POLICIES, toFleetPolicy } from "../placement/scenarios.ts";

const LOOK_MS = 2;

/** Creates a store in this process that shares a fleet over Redis, and waits until it has joined; `onRoom` is told of rooms that open. */
export async function joinStore(
  redis: string,
  keyPrefix: string,
  onRoom: (name: string) => void = () => {},
): Promise<RedisStore> {
  const { headroom } = POLICIES;
  if (!headroom) throw new Error("there is no such policy");
  const fleet = createFleet(
    { ...toFleetPolicy(headroom), disableTimeoutMs: 3_600_000 },
    createSeededRandom(1),
    Date.now(),
  );
  const store = createRedisStore({
    ...{ fleet, keeper: undefined, now: Date.now, sharing: { redis, keyPrefix, onOutage: "refuse" } },
    onEvent(event) {
      if (event.type === "room.opened") onRoom(event.room.room);
    },
  });
  while (store.sharing().mode !== "joined") await Bun.sleep(LOOK_MS);
  return store;
}

/** Has a server report rooms of a customer, as name and peers. */
export async function reportRooms(
  store: RedisStore,
  {
    endpoint,
    customer,
    rooms,
  }: { endpoint: string; customer: string; rooms: readonly (readonly [name: string, peers: number])[] },
): Promise<void> {
  const listed = rooms.map(([name, peers]) => ({ namespace: customer, name, customer, peers, ageMs: 60_000 }));
  const clients = rooms.reduce((sum, [, peers]) => sum + peers, 0);
  const base = { pool: "default", endpoint, version: "1", load: 0.3, connection: endpoint, exchange: exchanges++ };
  await store.report({ ...base, clients, rooms: listed });
}

/** Connects a user to a room of a customer. */
export async function join(store: RedisStore, customer: string, room: string, user: string): Promise<void> {
  const limits = { maxPeers: Number.POSITIVE_INFINITY, maxRooms: Number.POSITIVE_INFINITY };
  const named = { pool: "default", namespace: customer, customer, user, rooms: [room] };
  await store.admit({ ...named, limits, preferredServer: undefined, tags: [] });
}

let exchanges = 1;
