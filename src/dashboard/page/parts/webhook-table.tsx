import { formatCount, formatDateTime } from "../model/format.ts";
import type { WebhookEntry } from "../model/methods.ts";
import { CardTable, counts } from "./card-table.tsx";

/** The webhooks, and how their messages get through. */
export function WebhookTable({ webhooks }: { readonly webhooks: readonly WebhookEntry[] }) {
  if (webhooks.length === 0) return <p class="empty">The config has no webhooks.</p>;
  return (
    <CardTable columns={["Webhook", counts("Waiting"), "Oldest", "Last success", "Last error"]}>
      {webhooks.map(({ webhook, waiting, oldest, lastSuccess, lastError }) => (
        <tr key={webhook}>
          <th scope="row">{webhook}</th>
          <td data-label="Waiting" class="count">
            {formatCount(waiting)}
          </td>
          <td data-label="Oldest">{toTime(oldest)}</td>
          <td data-label="Last success">{toTime(lastSuccess)}</td>
          <td data-label="Last error">
            {lastError === null ? "–" : `${formatDateTime(lastError.at)}: ${lastError.reason}`}
          </td>
        </tr>
      ))}
    </CardTable>
  );
}

function toTime(at: string | null): string {
  return at === null ? "–" : formatDateTime(at);
}
