import type { Clock } from "../clock.ts";
import type { Census } from "../fleet/census.ts";
import type { FleetTotals } from "../fleet/totals.ts";
import { type CallTally, createCallTally } from "./call-tally.ts";
import type { DeltaEvent, FeedReload, FeedServer, FeedState, FeedTick, FullEvent } from "./feed.ts";
import { createLoadHistory, type ReportedLoad } from "./load-history.ts";
import { createServerBook, toFeedFigures, toThousandths } from "./server-figures.ts";
import { toFeedWebhook, type WebhookFigures } from "./webhook-figures.ts";

/** Read-only views of a gateway, looked at once a second. */
export interface FeedViews {
  /** Only looked at while somebody looks at the dashboard: it makes something for each server. */
  readonly census: () => Census;
  readonly totals: () => FleetTotals;
  readonly servers: () => Iterable<ReportedLoad>;
  readonly unreadyReasons: () => readonly string[];
  /** Number of customers, once they are loaded. */
  readonly countCustomers: () => number | undefined;
  /** Number of the newest entry of the audit. */
  readonly lastAuditSeq: () => number;
  readonly webhooks: () => readonly WebhookFigures[];
}

/** What is told to all who look, until disposed. */
export interface Feed extends Disposable, Pick<CallTally, "onCall" | "onRefused"> {
  readonly onReload: (report: Omit<FeedReload, "reason"> & { readonly reason?: string }) => void;
  /** Everything as of the last second at most, for an operator who has just come; the next delta goes on from there. */
  readonly toFull: (user: string) => Uint8Array;
}

const INTERVAL_MS = 1_000;
const MAX_TICKS = 300;

/**
 * Starts the feed. Once a second it looks at the fleet, servers and customers but no room, and gives `onDelta` what has
 * changed, ready to be sent; while `hasViewers` says that nobody looks, it only adds up what the charts show of the past.
 */
export function startFeed(options: {
  version: string;
  views: FeedViews;
  clock: Clock;
  hasViewers: () => boolean;
  onDelta: (event: Uint8Array) => void;
}): Feed {
  const { version, views, clock, hasViewers, onDelta } = options;
  const tally = createCallTally();
  const book = createServerBook();
  const history = createLoadHistory();
  const ticks: FeedTick[] = [];
  let reload: FeedReload | null = null;
  /** What viewers were shown last; absent while nobody looks. */
  let last: (FeedState & Pick<FullEvent, "pools">) | undefined;
  // The same for all who come within a second, but for their names.
  let full: string | undefined;

  /** Looks at the fleet, and says what is new since the last look. */
  function look({ pending: _pending, loads: _loads, ...sums }: FleetTotals, at: number) {
    const now = clock.now();
    const census = views.census();
    history.note(views.servers());
    // In whole seconds: less is drift, and no step of the machine's clock.
    const offsetMs = Math.round((at - now) / 1_000) * 1_000;
    const { changed, gone } = book.update(census.servers.map((server) => toFeedFigures(server, now, offsetMs)));
    const state = {
      at,
      unready: views.unreadyReasons(),
      totals: { ...sums, customers: views.countCustomers() ?? 0 },
      reload,
      webhooks: views.webhooks().map(toFeedWebhook),
      auditSeq: views.lastAuditSeq(),
    };
    last = { ...state, pools: census.pools };
    full = undefined;
    return { state: last, servers: changed, gone };
  }

  function allServers(): FeedServer[] {
    return book.all().map((figures) => ({ ...figures, loads: history.loadsOf(figures.id) }));
  }

  const timer = clock.every(INTERVAL_MS, () => {
    const totals = views.totals();
    const { rooms, peers, pending, loads } = totals;
    const at = Math.round(clock.wall());
    const tick = { at, ...tally.take(), rooms, peers, pending: toThousandths(pending), loads };
    ticks.push(tick);
    if (ticks.length > MAX_TICKS) ticks.shift();
    last = undefined;
    full = undefined;
    if (hasViewers()) {
      const { state, servers, gone } = look(totals, at);
      const { pools: _, ...shared } = state;
      onDelta(toEvent(toText({ kind: "delta", ...shared, servers, gone, tick })));
    } else history.note(views.servers());
  });

  return {
    onCall: tally.onCall,
    onRefused: tally.onRefused,
    onReload({ at, outcome, trigger, reason = null }) {
      reload = { at, outcome, trigger, reason };
    },
    toFull(user) {
      const state = last ?? look(views.totals(), Math.round(clock.wall())).state;
      full ??= toText({ kind: "full", version, ...state, servers: allServers(), ticks });
      return toEvent(`{"user":${JSON.stringify(user)},${full.slice(1)}`);
    },
    [Symbol.dispose]: () => timer[Symbol.dispose](),
  };
}

function toText(event: Omit<FullEvent, "user"> | DeltaEvent): string {
  return JSON.stringify(event);
}

/** A server-sent event; JSON has no line breaks. Source: the HTML standard, "Server-sent events". */
function toEvent(data: string): Uint8Array {
  return Buffer.from(`data: ${data}\n\n`);
}
