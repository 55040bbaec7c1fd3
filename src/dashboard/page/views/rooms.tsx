import { useEffect, useState } from "preact/hooks";
import type { Route } from "../model/route.ts";
import { FilterField } from "../parts/filter-field.tsx";
import { Heading, Listed } from "../parts/frame.tsx";
import { RoomTable, useRooms } from "../parts/room-table.tsx";
import { refine } from "../parts/route.tsx";

const TYPING_MS = 250;

/** The value once somebody has stopped to change it. */
function useSettled<T>(value: T, key: string): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), TYPING_MS);
    return () => clearTimeout(timer);
  }, [key]);
  return settled;
}

/** The rooms of all servers, to be searched. */
export function RoomsView({ route }: { readonly route: Route }) {
  const { name = "", customer = "", server = "" } = route.query;
  const rooms = useRooms(useSettled({ name, customer, server }, `${name}\n${customer}\n${server}`));
  return (
    <>
      <Heading title="Rooms" />
      <div class="tools">
        <FilterField hasKey label="Name contains" value={name} onChange={(value) => refine(route, { name: value })} />
        <FilterField label="Customer" value={customer} onChange={(value) => refine(route, { customer: value })} />
        <FilterField label="Server's address" value={server} onChange={(value) => refine(route, { server: value })} />
        <span class="muted">
          {rooms.items.length}
          {rooms.hasMore ? "+" : ""} shown, in the order of their opening
        </span>
      </div>
      <Listed pages={rooms} empty="No room is like that.">
        <RoomTable rooms={rooms.items} />
      </Listed>
    </>
  );
}
