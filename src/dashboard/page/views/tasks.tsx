import { formatCount } from "../model/format.ts";
import { toServerHash } from "../model/route.ts";
import { CardTable, counts } from "../parts/card-table.tsx";
import { useLive } from "../parts/context.tsx";
import { Age } from "../parts/figures.tsx";
import { Heading, Loading } from "../parts/frame.tsx";
import { StateBadge } from "../parts/icons.tsx";

/** Servers that have something to do for the gateway: close a room, put somebody out, pass on a message. */
export function TasksView() {
  const known = useLive(({ fleet }) => fleet?.servers);
  const servers = [...(known?.values() ?? [])]
    .filter(({ tasksWaiting, tasksSent }) => tasksWaiting + tasksSent > 0)
    .sort((a, b) => b.tasksWaiting - a.tasksWaiting || b.tasksSent - a.tasksSent);
  return (
    <>
      <Heading title="Tasks">
        <p class="muted">
          What servers are to do (close a room, put somebody out, pass on a message) waits for their next report, and
          counts as on its way until a report shows that it has arrived.
        </p>
      </Heading>
      {known === undefined && <Loading />}
      {known !== undefined && servers.length === 0 && <p class="empty">Nothing waits: all tasks were done.</p>}
      {servers.length > 0 && (
        <CardTable columns={["Server", "State", counts("Waiting"), counts("On their way"), counts("Reported")]}>
          {servers.slice(0, 200).map((server) => (
            <tr key={server.id}>
              <th scope="row">
                <a href={toServerHash(server)}>{server.endpoint}</a>
              </th>
              <td data-label="State">
                <StateBadge state={server.state} />
              </td>
              <td data-label="Waiting" class="count">
                {formatCount(server.tasksWaiting)}
              </td>
              <td data-label="On their way" class="count">
                {formatCount(server.tasksSent)}
              </td>
              <td data-label="Reported" class="count">
                <Age at={server.lastSeenMs} />
              </td>
            </tr>
          ))}
        </CardTable>
      )}
    </>
  );
}
