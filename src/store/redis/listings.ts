import { type Touched, toKeyOf } from "../../fleet/changes.ts";
import type { FleetEvent } from "../../fleet/events.ts";
import { toGroupKey, toRoomKey } from "../../fleet/ids.ts";
import { roomsOf } from "../../fleet/spaces.ts";
import type { Fleet, Server } from "../../fleet/state.ts";

/** Rooms of a group that a report has changed: -1 peers for one that is listed no more. */
interface ChangedGroup {
  readonly key: string;
  /** Where it was bound before this report moved it; empty if it was not moved. */
  readonly from: string;
  /** Whether the tokens for that server are void. */
  readonly isVoid: boolean;
  readonly rooms: Map<string, number>;
}

/** Rooms in one claim. */
const MAX_ROOMS = 300;

/**
 * What a server's report has changed, as arguments of the script `report`: lists of them by customer, none of them too long
 * for Redis to serve others meanwhile.
 */
export function toListings(
  fleet: Fleet,
  server: Server,
  { groups, movedFrom }: Touched,
  events: readonly FleetEvent[],
): Map<string, string[][]> {
  const changed = new Map<string, Map<string, ChangedGroup>>();
  const of = (customer: string, key: string, from: string, isVoid: boolean): ChangedGroup => {
    const byKey = changed.get(customer) ?? new Map<string, ChangedGroup>();
    changed.set(customer, byKey);
    const group = byKey.get(key) ?? { key, from, isVoid, rooms: new Map() };
    byKey.set(key, group);
    return group;
  };
  for (const group of groups) {
    if (group.server !== server) continue;
    const before = movedFrom.get(group);
    const isVoid = before !== undefined && fleet.servers.get(before)?.phase !== "enabled";
    const { pool, namespace } = group.space;
    for (const room of roomsOf(group))
      of(room.usage.customer, toKeyOf(group), before ?? "", isVoid).rooms.set(
        toRoomKey(pool, namespace, room.name),
        room.listedIn > 0 ? room.peers : -1,
      );
  }
  for (const event of events) {
    if (event.type !== "room.closed" || event.server !== server.endpoint) continue;
    const { pool, namespace, room, customer } = event.room;
    const { rooms } = of(customer, toGroupKey(pool, namespace, room), "", false);
    const key = toRoomKey(pool, namespace, room);
    if (!rooms.has(key)) rooms.set(key, -1);
  }
  return new Map([...changed].map(([customer, byKey]) => [customer, toClaims(server, [...byKey.values()])]));
}

function toClaims(server: Server, groups: readonly ChangedGroup[]): string[][] {
  const claims: string[][] = [];
  let batch: ChangedGroup[] = [];
  let rooms = 0;
  const flush = () => {
    if (batch.length > 0) claims.push([server.id, String(batch.length), ...batch.flatMap(toArgs)]);
    batch = [];
    rooms = 0;
  };
  for (const group of groups) {
    if (rooms + group.rooms.size > MAX_ROOMS) flush();
    batch.push(group);
    rooms += group.rooms.size;
  }
  flush();
  return claims;
}

function toArgs({ key, from, isVoid, rooms }: ChangedGroup): string[] {
  const listed = [...rooms].flatMap(([room, peers]) => [room, String(peers)]);
  return [key, from, isVoid ? "1" : "0", String(rooms.size), ...listed];
}
