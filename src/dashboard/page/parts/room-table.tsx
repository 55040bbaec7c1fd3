import { banAction, closeRoomAction, messageAction } from "../model/actions.ts";
import { formatCount, formatName } from "../model/format.ts";
import type { RoomEntry } from "../model/methods.ts";
import { toHash } from "../model/route.ts";
import { ACTIONS, CardTable, counts } from "./card-table.tsx";
import { useTools } from "./context.tsx";
import { Age } from "./figures.tsx";
import { Name } from "./name.tsx";
import { usePages } from "./pages.tsx";

/** Which rooms are looked for; what is empty does not count. */
export interface RoomQuery {
  readonly name?: string | undefined;
  readonly customer?: string | undefined;
  readonly server?: string | undefined;
  readonly pool?: string | undefined;
}

/** The rooms, page by page; they are read again when `occasion` changes. */
export function useRooms(query: RoomQuery, occasion = "") {
  const { call } = useTools();
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value));
  const read = async (after: number | undefined, limit: number, signal: AbortSignal) => {
    const { rooms, next } = await call("Rooms", { ...given, limit, ...(after !== undefined && { after }) }, signal);
    return { items: rooms, next };
  };
  return usePages<RoomEntry, number>(JSON.stringify(given), read, occasion);
}

/** Rooms as a table, with what can be done to each. */
export function RoomTable({ rooms, isOnServer = false }: { rooms: readonly RoomEntry[]; isOnServer?: boolean }) {
  return (
    <CardTable
      columns={[
        "Room",
        "Customer",
        "Namespace",
        ...(isOnServer ? [] : ["Server"]),
        counts("Players"),
        counts("Changed"),
        ACTIONS,
      ]}
    >
      {rooms.map((room) => (
        <RoomRow key={`${room.pool}/${room.namespace}/${room.name}`} room={room} isOnServer={isOnServer} />
      ))}
    </CardTable>
  );
}

function RoomRow({ room, isOnServer }: { room: RoomEntry; isOnServer: boolean }) {
  const { ask } = useTools();
  const { name, customer, namespace, server, pool, peers, updated } = room;
  return (
    <tr>
      <th scope="row">
        <a href={toHash("why", { room: name, namespace, pool })} title="Why it is where it is">
          <Name of={name} />
        </a>
      </th>
      <td data-label="Customer">
        <a href={toHash("customers", { q: customer })}>
          <Name of={customer} />
        </a>
      </td>
      <td data-label="Namespace">
        <Name of={namespace} />
      </td>
      {!isOnServer && (
        <td data-label="Server">
          <a href={toHash("fleet", { q: server })}>
            <Name of={server} />
          </a>
        </td>
      )}
      <td data-label="Players" class="count">
        {formatCount(peers)}
      </td>
      <td data-label="Changed" class="count">
        <Age at={Date.parse(updated)} />
      </td>
      <td class="actions">
        <span class="buttons">
          <button
            type="button"
            aria-label={`Send a message to a user of ${formatName(name)}`}
            onClick={() => ask(messageAction(room))}
          >
            Message …
          </button>
          <button type="button" aria-label={`Ban a user from ${formatName(name)}`} onClick={() => ask(banAction(room))}>
            Ban …
          </button>
          <button type="button" aria-label={`Close ${formatName(name)}`} onClick={() => ask(closeRoomAction(room))}>
            Close …
          </button>
        </span>
      </td>
    </tr>
  );
}
