import type { FeedWebhook } from "./feed.ts";

/** A webhook as it is looked at, by a name without anything secret; times are ISO 8601. */
export interface WebhookFigures {
  readonly webhook: string;
  readonly waiting: number;
  readonly lastSuccess: string | null;
  readonly lastError: { readonly at: string; readonly reason: string } | null;
}

/** A webhook as the feed tells it. */
export function toFeedWebhook({ webhook, waiting, lastSuccess, lastError }: WebhookFigures): FeedWebhook {
  // Times in ISO 8601 sort like what they stand for.
  const failing = lastError !== null && (lastSuccess === null || lastError.at > lastSuccess);
  return { webhook, waiting, lastError: lastError?.reason ?? null, failing };
}
