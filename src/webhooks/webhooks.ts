import { createHash, randomUUID } from "node:crypto";
import type { Clock, Random } from "../clock.ts";
import type { Webhook } from "../config/webhooks.ts";
import type { WebhookEvent } from "../config/webhooks-schema.ts";
import type { FleetEvent } from "../fleet/events.ts";
import type { Logger } from "../log.ts";
import { type Happening, toHappening } from "./happening.ts";
import { createLimitWatch, type LimitRefusal } from "./limits.ts";
import type { KeptMessages } from "./queue-file.ts";
import { createQueueKeeper } from "./queue-keeper.ts";
import { type ReloadFacts, toReloadHappening } from "./reloads.ts";
import { createSender, type Sender, type SenderStatus, type WebhookWatch } from "./sender.ts";

/** How a webhook is doing, and what it is told of. */
export interface WebhookStatus extends SenderStatus {
  readonly events: readonly WebhookEvent[];
}

/** Tells receivers what happens, until disposed; what waits then is kept for the next process, if there is where. */
export interface Webhooks extends AsyncDisposable {
  readonly onFleetEvent: (event: FleetEvent) => void;
  readonly onReload: (report: ReloadFacts) => void;
  readonly onRefusal: (refusal: LimitRefusal) => void;
  /** Goes on with other webhooks; what waits for one that is gone is given up. */
  readonly reconfigure: (webhooks: readonly Webhook[]) => void;
  readonly status: () => readonly WebhookStatus[];
  /** Resolves when what was to be told until now is on the disk, or cannot be written at the moment. */
  readonly kept: () => Promise<void>;
}

interface Entry {
  readonly sender: Sender;
  events: readonly WebhookEvent[];
}

/** How often is looked for what is due; what was to be told meanwhile is on the disk after this time, too. */
const TICK_MS = 50;

/** Creates the webhooks of a config. `kept` is absent where nothing is to outlive the process. */
export function createWebhooks(options: {
  webhooks: readonly Webhook[];
  kept: KeptMessages | undefined;
  version: string;
  clock: Clock;
  random: Random;
  log: Logger;
  watch: WebhookWatch;
}): Webhooks {
  const { kept, clock, log, watch } = options;
  const keeper = kept && createQueueKeeper(kept.writer, log);
  const noteRefusal = createLimitWatch(clock.now);
  let entries = new Map<string, Entry>();
  /** Those that have to be told of each event. */
  let wanting = new Map<WebhookEvent, readonly [string, Sender][]>();
  let nextSeq = 1 + (kept?.messages.at(-1)?.seq ?? 0);
  let timer: Disposable | undefined;

  const isWanted = (type: WebhookEvent) => wanting.has(type);

  function tell({ type, key, data }: Happening): void {
    const wallMs = clock.wall();
    const id = `msg_${randomUUID().replaceAll("-", "")}`;
    const body = JSON.stringify({ type, timestamp: new Date(wallMs).toISOString(), data });
    for (const [webhook, sender] of wanting.get(type) ?? []) {
      const message = { seq: nextSeq++, id, key, body, wallMs };
      keeper?.noteAdded({ ...message, webhook });
      sender.add(message);
    }
  }

  function tick(): void {
    for (const { sender } of entries.values()) sender.pump();
    keeper?.flush();
  }

  function reconfigure(webhooks: readonly Webhook[]): void {
    const before = entries;
    entries = new Map(
      webhooks.map(({ url, secret, events }, index) => {
        const id = toId(url);
        const settings = { label: `${new URL(url).host}#${index}`, secret };
        const known = before.get(id)?.sender;
        known?.configure(settings);
        const onRemoved = ({ seq }: { seq: number }) => keeper?.noteRemoved(seq);
        return [id, { events, sender: known ?? createSender({ ...options, url, settings, onRemoved }) }];
      }),
    );
    wanting = new Map();
    for (const [id, { sender, events }] of entries)
      for (const type of events) wanting.set(type, [...(wanting.get(type) ?? []), [id, sender]]);
    for (const [id, { sender }] of before) if (!entries.has(id)) void dropWebhook(sender);
    watch.onWebhooks([...entries.values()].map(({ sender }) => sender.status().webhook));
    if (entries.size > 0) timer ??= clock.every(TICK_MS, tick);
    else {
      timer?.[Symbol.dispose]();
      timer = undefined;
      keeper?.flush();
    }
  }

  async function dropWebhook(sender: Sender): Promise<void> {
    const { webhook, waiting } = sender.status();
    if (waiting > 0)
      log.warning("a webhook was removed: what waited for it is given up", { webhook, messages: waiting });
    for (const { seq } of sender.waiting()) keeper?.noteRemoved(seq);
    await sender[Symbol.asyncDispose]();
  }

  reconfigure(options.webhooks);
  for (const { webhook, ...message } of kept?.messages ?? []) {
    const entry = entries.get(webhook);
    if (entry) entry.sender.add(message);
    else keeper?.noteRemoved(message.seq);
  }
  keeper?.flush();

  return {
    onFleetEvent(event) {
      const happening = wanting.size > 0 && toHappening(event, isWanted);
      if (happening) tell(happening);
    },
    onReload(report) {
      const happening = toReloadHappening(report);
      if (happening && isWanted(happening.type)) tell(happening);
    },
    onRefusal(refusal) {
      const happening = isWanted("limit.reached") && noteRefusal(refusal);
      if (happening) tell(happening);
    },
    reconfigure,
    kept: async () => keeper?.kept(),
    status: () => [...entries.values()].map(({ sender, events }) => ({ ...sender.status(), events })),
    async [Symbol.asyncDispose]() {
      timer?.[Symbol.dispose]();
      await Promise.all([...entries.values()].map(({ sender }) => sender[Symbol.asyncDispose]()));
      await keeper?.[Symbol.asyncDispose]();
    },
  };
}

/** What a webhook goes by where its messages are kept: its URL may hold secrets. */
function toId(url: string): string {
  return createHash("sha256").update(url).digest("base64url");
}
