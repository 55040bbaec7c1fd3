import { useState } from "preact/hooks";
import { formatCount } from "../model/format.ts";
import type { UsageEntry } from "../model/methods.ts";
import { type Route, toHash } from "../model/route.ts";
import { pressureOf, sortUsage } from "../model/usage-list.ts";
import { CardTable } from "../parts/card-table.tsx";
import { useTools } from "../parts/context.tsx";
import { UseBar } from "../parts/figures.tsx";
import { FilterField } from "../parts/filter-field.tsx";
import { Heading, Listed, ShowMore } from "../parts/frame.tsx";
import { Icon } from "../parts/icons.tsx";
import { Name } from "../parts/name.tsx";
import { useAnswer } from "../parts/pages.tsx";
import { refine } from "../parts/route.tsx";

const STEP = 100;
/** All customers are needed to know who is nearest to a limit. */
const READ_LIMIT = 10_000;

/** What customers use and may use, whoever is nearest to a limit first. */
export function CustomersView({ route }: { readonly route: Route }) {
  const { call } = useTools();
  const { q = "" } = route.query;
  const [limit, setLimit] = useState(STEP);
  const usage = useAnswer("usage", (signal) => call("Usage", { limit: READ_LIMIT }, signal));
  const found = sortUsage((usage.value?.customers ?? []).filter(({ customer }) => customer.includes(q)));
  return (
    <>
      <Heading title="Customers" />
      <div class="tools">
        <FilterField hasKey label="Find a customer" value={q} onChange={(value) => refine(route, { q: value })} />
        <span class="muted">
          {formatCount(found.length)} customers, whoever is nearest to a limit first
          {usage.value?.next !== undefined && `; only the first ${formatCount(READ_LIMIT)} were read`}
        </span>
      </div>
      <Listed pages={usage} empty="">
        {found.length === 0 ? (
          <p class="empty">{q ? "No customer is like that." : "There are no customers, and nobody uses anything."}</p>
        ) : (
          <UsageTable customers={found.slice(0, limit)} />
        )}
        {found.length > limit && <ShowMore onClick={() => setLimit(limit + STEP)} />}
      </Listed>
    </>
  );
}

function UsageTable({ customers }: { readonly customers: readonly UsageEntry[] }) {
  return (
    <CardTable columns={["Customer", "Limits", "Players", "Rooms", "Bans"]}>
      {customers.map((entry) => (
        <tr key={entry.customer}>
          <th scope="row">
            <a href={toHash("rooms", { customer: entry.customer })} title="Their rooms">
              <Name of={entry.customer} />
            </a>
          </th>
          <td data-label="Limits">
            <Pressure pressure={pressureOf(entry)} />
          </td>
          <td data-label="Players">
            <Use used={entry.peers} reserved={entry.reserved} limit={entry.maxPeers} />
          </td>
          <td data-label="Rooms">
            <Use used={entry.rooms} limit={entry.maxRooms} />
          </td>
          <td data-label="Bans">
            <Use used={entry.bans} limit={entry.maxBans} />
          </td>
        </tr>
      ))}
    </CardTable>
  );
}

function Pressure({ pressure }: { readonly pressure: number }) {
  if (pressure >= 1)
    return (
      <span class="state bad">
        <Icon name="warning" />
        at a limit
      </span>
    );
  if (pressure >= 0.8)
    return (
      <span class="state warn">
        <Icon name="full" />
        near a limit
      </span>
    );
  return (
    <span class="state good">
      <Icon name="check" />
      room left
    </span>
  );
}

function Use({ used, reserved = 0, limit }: { used: number; reserved?: number; limit: number | null }) {
  return (
    <span class="use">
      {limit === null ? <span class="bar none" aria-hidden="true" /> : <UseBar used={used + reserved} limit={limit} />}
      <span class="number">
        {formatCount(used)}
        {reserved > 0 && <span title="reserved by tokens"> + {formatCount(reserved)}</span>}
        <span class="muted"> / {limit === null ? "no limit" : formatCount(limit)}</span>
      </span>
    </span>
  );
}
