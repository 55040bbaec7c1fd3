import { endBanAction } from "../model/actions.ts";
import { formatDateTime, formatDuration, formatName } from "../model/format.ts";
import type { BanEntry } from "../model/methods.ts";
import type { Route } from "../model/route.ts";
import { ACTIONS, CardTable, counts } from "../parts/card-table.tsx";
import { useNow, useTools } from "../parts/context.tsx";
import { FilterField } from "../parts/filter-field.tsx";
import { Heading, Listed } from "../parts/frame.tsx";
import { Name } from "../parts/name.tsx";
import { usePages } from "../parts/pages.tsx";
import { refine } from "../parts/route.tsx";

/** Who is kept out of which room, and for how long. */
export function BansView({ route }: { readonly route: Route }) {
  const { call, ask } = useTools();
  const now = useNow();
  const { customer = "", room = "" } = route.query;
  const bans = usePages<BanEntry, number>(`${customer}\n${room}`, async (after, limit, signal) => {
    const filter = { ...(customer && { customer }), ...(room && { room }) };
    const page = await call("Bans", { ...filter, limit, ...(after !== undefined && { after }) }, signal);
    return { items: page.bans, next: page.next };
  });
  return (
    <>
      <Heading title="Bans" />
      <div class="tools">
        <FilterField hasKey label="Room" value={room} onChange={(value) => refine(route, { room: value })} />
        <FilterField label="Customer" value={customer} onChange={(value) => refine(route, { customer: value })} />
      </div>
      <Listed pages={bans} empty="Nobody is banned.">
        <CardTable columns={["Who", "Room", "Customer", "Namespace", "Until", counts("Left"), ACTIONS]}>
          {bans.items.map((ban) => (
            <tr key={`${ban.namespace}/${ban.room_id}/${ban.user_id ?? ""}`}>
              <th scope="row">
                {ban.user_id === undefined ? <em>everybody (room closed)</em> : <Name of={ban.user_id} />}
              </th>
              <td data-label="Room">
                <Name of={ban.room_id} />
              </td>
              <td data-label="Customer">
                <Name of={ban.customer} />
              </td>
              <td data-label="Namespace">
                <Name of={ban.namespace} />
              </td>
              <td data-label="Until">{formatDateTime(ban.until)}</td>
              <td data-label="Left" class="count">
                {formatDuration(Date.parse(ban.until) - now)}
              </td>
              <td class="actions">
                <button
                  type="button"
                  aria-label={`End the ban on ${formatName(ban.user_id ?? `room ${ban.room_id}`)}`}
                  onClick={() => ask(endBanAction(ban))}
                >
                  End …
                </button>
              </td>
            </tr>
          ))}
        </CardTable>
      </Listed>
    </>
  );
}
