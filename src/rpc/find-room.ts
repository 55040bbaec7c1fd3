import { RpcError } from "../errors.ts";
import type { FleetStore } from "../fleet/store.ts";
import type { RoomView } from "../fleet/views.ts";

/** So many namespaces an error names. */
const MAX_CANDIDATES = 10;

/**
 * The room of that name in whichever namespace of the pool hosts it; undefined if none does, and `roomAmbiguous` if several
 * do. Others have their turn in between, as there may be a million rooms.
 */
export async function findRoom(store: FleetStore, pool: string, room: string): Promise<RoomView | undefined> {
  const found: RoomView[] = [];
  let after: number | undefined = 0;
  while (after !== undefined && found.length <= MAX_CANDIDATES) {
    const { items, next } = await store.searchRooms({ pool, room, after, limit: MAX_CANDIDATES + 1 - found.length });
    found.push(...items);
    after = next;
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (found.length <= 1) return found[0];
  const candidates = found.slice(0, MAX_CANDIDATES).map(({ namespace, name }) => `${namespace}/${name}`);
  const others = found.length > MAX_CANDIDATES ? " and others" : "";
  throw new RpcError("roomAmbiguous", {
    message: `several namespaces have a room ${JSON.stringify(room)}, say which: ${candidates.join(", ")}${others}`,
    data: { candidates },
  });
}
