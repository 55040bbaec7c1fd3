import type { FeedWebhook } from "../../feed.ts";
import { formatMany } from "./format.ts";

/** What is to be known of a webhook that does not get through. */
export interface FailureText {
  readonly webhook: string;
  /** What stays the same as long as it fails. */
  readonly headline: string;
  /** What changes meanwhile. */
  readonly detail: string;
}

/** Those of the webhooks that do not get through, in words. */
export function tellFailing(webhooks: readonly FeedWebhook[]): FailureText[] {
  return webhooks
    .filter(({ failing }) => failing)
    .map(({ webhook, waiting, lastError }) => ({
      webhook,
      headline: `Webhook ${webhook} does not take its messages:`,
      detail: `${formatMany(waiting, "waits", "wait")}.${lastError === null ? "" : ` Last error: ${lastError}.`}`,
    }));
}
