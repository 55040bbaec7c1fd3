import { formatCount, formatDateTime } from "../model/format.ts";
import type { WebhookEntry } from "../model/methods.ts";
import { Scroll } from "./frame.tsx";

/** The webhooks, and how their messages get through. */
export function WebhookTable({ webhooks }: { readonly webhooks: readonly WebhookEntry[] }) {
  if (webhooks.length === 0) return <p class="empty">The config has no webhooks.</p>;
  return (
    <Scroll>
      <table class="cards">
        <thead>
          <tr>
            <th scope="col">Webhook</th>
            <th scope="col" class="count">
              Waiting
            </th>
            <th scope="col">Oldest</th>
            <th scope="col">Last success</th>
            <th scope="col">Last error</th>
          </tr>
        </thead>
        <tbody>
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
        </tbody>
      </table>
    </Scroll>
  );
}

function toTime(at: string | null): string {
  return at === null ? "–" : formatDateTime(at);
}
