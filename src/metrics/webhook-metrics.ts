import type { AddGauges, MetricsRegistry } from "./registry.ts";

/** What is looked up of a webhook. */
export interface WebhookFigures {
  readonly webhook: string;
  readonly waiting: number;
  /** When the oldest message that waits was made, ISO 8601. */
  readonly oldest: string | null;
}

/** Counts what comes of webhooks' messages. */
export interface WebhookCounters {
  /** Told of all webhooks that there are, whenever they change. */
  readonly onWebhooks: (labels: readonly string[]) => void;
  readonly onDelivered: (webhook: string, durationMs: number) => void;
  readonly onRetry: (webhook: string) => void;
  readonly onGivenUp: (webhook: string, reason: string) => void;
}

/** Why messages are given up. */
const REASONS = ["full", "expired", "gone"];

/** Creates the counters of webhooks: those that are there stand at zero, and those that are gone have no series. */
export function createWebhookCounters({ count, observe, forget }: MetricsRegistry): WebhookCounters {
  let known: readonly string[] = [];

  return {
    onWebhooks(labels) {
      for (const webhook of labels) {
        count("webhookDelivered", { webhook }, 0);
        count("webhookRetries", { webhook }, 0);
        for (const reason of REASONS) count("webhookGivenUp", { webhook, reason }, 0);
      }
      for (const webhook of known.filter((label) => !labels.includes(label))) {
        forget("webhookDelivered", { webhook });
        forget("webhookRetries", { webhook });
        forget("webhookDuration", { webhook });
        for (const reason of REASONS) forget("webhookGivenUp", { webhook, reason });
      }
      known = labels;
    },
    onDelivered(webhook, durationMs) {
      count("webhookDelivered", { webhook });
      observe("webhookDuration", { webhook }, durationMs / 1_000);
    },
    onRetry: (webhook) => count("webhookRetries", { webhook }),
    onGivenUp: (webhook, reason) => count("webhookGivenUp", { webhook, reason }),
  };
}

/** Adds how many messages wait for each webhook, and for how long the oldest does. */
export function collectWebhooks(webhooks: readonly WebhookFigures[], wallMs: number, add: AddGauges): void {
  for (const { webhook, waiting, oldest } of webhooks) {
    const ageMs = oldest === null ? 0 : Math.max(0, wallMs - Date.parse(oldest));
    add({ webhook }, { webhookWaiting: waiting, webhookOldest: ageMs / 1_000 });
  }
}
