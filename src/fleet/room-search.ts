import { type Page, type PageQuery, takePage } from "./sequence.ts";
import type { Fleet } from "./state.ts";
import { type RoomView, toRoomView } from "./views.ts";

/** Which rooms are looked for: those that everything holds for that is given. */
export interface RoomFilter {
  /** What the room's name contains. */
  readonly name?: string | undefined;
  /** The room's whole name. */
  readonly room?: string | undefined;
  readonly customer?: string | undefined;
  readonly namespace?: string | undefined;
  /** Address of the server that hosts it. */
  readonly server?: string | undefined;
  readonly pool?: string | undefined;
}

/** A page of the rooms that are hosted and that the filter takes, in the order of their opening. */
export function searchRooms(fleet: Fleet, { after, limit, ...filter }: RoomFilter & PageQuery): Page<RoomView> {
  const { name = "", room: wanted, customer, namespace, server, pool } = filter;
  const page = takePage(
    fleet.roomsBySeq,
    { after, limit },
    (room) =>
      room.name.includes(name) &&
      isOrAny(wanted, room.name) &&
      isOrAny(customer, room.usage.customer) &&
      isOrAny(namespace, room.group.space.namespace) &&
      isOrAny(server, room.group.server.endpoint) &&
      isOrAny(pool, room.group.server.pool),
  );
  return { items: page.items.map(toRoomView), next: page.next };
}

function isOrAny(wanted: string | undefined, found: string): boolean {
  return wanted === undefined || wanted === found;
}
