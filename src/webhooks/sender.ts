import type { Clock, Random } from "../clock.ts";
import type { Logger } from "../log.ts";
import { type AttemptOutcome, attemptDelivery } from "./attempt.ts";
import { LIFETIME_MS, toDelayMs } from "./backoff.ts";
import { createLanes, type Lane, type Message, type QueueBounds } from "./lanes.ts";
import { createThrottledLog } from "./throttled-log.ts";

/** Why a message was not delivered and never will be. */
export type GiveUpReason = "full" | "expired" | "gone";

/** Who counts what comes of messages; a webhook goes by its label. */
export interface WebhookWatch {
  /** Told of all webhooks that there are, whenever they change. */
  readonly onWebhooks: (labels: readonly string[]) => void;
  readonly onDelivered: (label: string, durationMs: number) => void;
  /** Told of an attempt that failed, and after which there is another. */
  readonly onRetry: (label: string) => void;
  readonly onGivenUp: (label: string, reason: GiveUpReason) => void;
}

/** What the config says of a webhook. */
export interface SenderSettings {
  /** What it is called in logs and metrics, without anything secret. */
  readonly label: string;
  readonly secret: Uint8Array;
}

/** How a webhook is doing; times are ISO 8601. */
export interface SenderStatus {
  readonly webhook: string;
  readonly waiting: number;
  readonly bytes: number;
  /** When the oldest message that waits was made. */
  readonly oldest: string | null;
  readonly lastSuccess: string | null;
  readonly lastError: { readonly at: string; readonly reason: string } | null;
}

/** Delivers the messages of one webhook, until disposed; what waits then is left. */
export interface Sender extends AsyncDisposable {
  readonly add: (message: Message) => void;
  readonly configure: (settings: SenderSettings) => void;
  /** To be called many times a second: begins what is due. */
  readonly pump: () => void;
  readonly waiting: () => Iterable<Message>;
  readonly status: () => SenderStatus;
}

/** So many messages are on their way at a time … */
const MAX_PARALLEL = 8;
/** … until so many attempts have failed in a row: then one at a time, … */
const FAILURES_TO_REST = 5;
/** … with a rest after each failure. */
const REST_MS = 30_000;
/** How long a receiver that said it is gone is left alone. */
const GONE_REST_MS = 3_600_000;
const BOUNDS: QueueBounds = { messages: 50_000, bytes: 32 * 1_024 * 1_024 };

/** Creates the sender of one webhook. `onRemoved` is told of every message that waits no more. */
export function createSender(options: {
  url: string;
  settings: SenderSettings;
  version: string;
  clock: Clock;
  random: Random;
  log: Logger;
  watch: WebhookWatch;
  onRemoved: (message: Message) => void;
  bounds?: QueueBounds | undefined;
}): Sender {
  const { url, version, clock, random, log, watch, onRemoved, bounds = BOUNDS } = options;
  let { settings } = options;
  const lanes = createLanes(bounds);
  const logSeldom = createThrottledLog(log, clock);
  const underWay = new Set<Promise<void>>();
  let calledOff = new AbortController();
  let failuresInRow = 0;
  let restUntil = 0;
  let lastSuccess: string | null = null;
  let lastError: SenderStatus["lastError"] = null;
  let isClosed = false;

  const wallIso = () => new Date(clock.wall()).toISOString();

  function giveUp(message: Message, reason: GiveUpReason): void {
    watch.onGivenUp(settings.label, reason);
    onRemoved(message);
  }

  async function send(lane: Lane, message: Message): Promise<void> {
    const { label, secret } = settings;
    const startedAt = clock.now();
    const outcome = await attemptDelivery({ url, secret, message, version, clock, signal: calledOff.signal });
    if (outcome.kind === "delivered") {
      lastSuccess = wallIso();
      if (failuresInRow > 0) logSeldom("info", "a webhook's receiver takes messages again", { webhook: label });
      failuresInRow = 0;
      lanes.finish(lane, message);
      watch.onDelivered(label, clock.now() - startedAt);
      onRemoved(message);
    } else if (outcome.kind !== "aborted") takeFailure(lane, message, outcome);
  }

  function takeFailure(lane: Lane, message: Message, outcome: AttemptOutcome & { kind: "failed" | "gone" }): void {
    const { label } = settings;
    const reason = outcome.kind === "gone" ? "the answer was 410, which means that it is gone" : outcome.reason;
    lastError = { at: wallIso(), reason };
    failuresInRow++;
    lane.attempts++;
    if (outcome.kind === "gone") {
      leaveAlone();
      return;
    }
    if (failuresInRow >= FAILURES_TO_REST) restUntil = clock.now() + REST_MS;
    const delayMs = toDelayMs(lane.attempts, random);
    if (clock.wall() + delayMs - message.wallMs > LIFETIME_MS) {
      logSeldom("error", "a webhook's message was tried for a day and is given up", { webhook: label, reason });
      lanes.finish(lane, message);
      giveUp(message, "expired");
    } else {
      logSeldom("warning", "a webhook's message could not be delivered, and is tried again", {
        webhook: label,
        reason,
      });
      lanes.retry(lane, clock.now() + delayMs);
      watch.onRetry(label);
    }
  }

  /** The receiver wants nothing any more: nothing that waits is sent, and for an hour nothing else. */
  function leaveAlone(): void {
    const given = [...lanes.all()];
    calledOff.abort();
    calledOff = new AbortController();
    lanes.clear();
    for (const message of given) giveUp(message, "gone");
    failuresInRow = Math.max(failuresInRow, FAILURES_TO_REST);
    restUntil = clock.now() + GONE_REST_MS;
    log.warning("a webhook's receiver says that it is gone: take the webhook out of the config", {
      webhook: settings.label,
      givenUp: given.length,
    });
  }

  function pump(): void {
    const now = clock.now();
    while (!isClosed && restUntil <= now && underWay.size < (failuresInRow < FAILURES_TO_REST ? MAX_PARALLEL : 1)) {
      const lane = lanes.take(now);
      const message = lane?.messages[0];
      if (!lane || !message) return;
      const sending = send(lane, message).finally(() => {
        underWay.delete(sending);
        pump();
      });
      underWay.add(sending);
    }
  }

  return {
    add(message) {
      const dropped = lanes.add(message);
      if (dropped.length > 0)
        logSeldom("error", "too many messages wait for a webhook: the oldest are given up", {
          webhook: settings.label,
        });
      for (const old of dropped) giveUp(old, "full");
    },
    configure(next) {
      const isSame = Buffer.compare(next.secret, settings.secret) === 0;
      settings = next;
      if (isSame) return;
      failuresInRow = 0;
      restUntil = 0;
    },
    pump,
    waiting: lanes.all,
    status() {
      const oldest = lanes.oldest();
      return {
        webhook: settings.label,
        waiting: lanes.count(),
        bytes: lanes.bytes(),
        oldest: oldest ? new Date(oldest.wallMs).toISOString() : null,
        lastSuccess,
        lastError,
      };
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      calledOff.abort();
      await Promise.all(underWay);
    },
  };
}
