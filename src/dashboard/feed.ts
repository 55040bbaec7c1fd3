import type { ServerFigures } from "../fleet/census.ts";
import type { FleetTotals } from "../fleet/totals.ts";

/** A server as the dashboard shows it; loads are shares of which 1 is full, times epoch milliseconds of the machine's clock. */
export interface FeedServer extends Omit<ServerFigures, "id" | "reportAgeMs" | "drainDeadline"> {
  readonly id: string;
  readonly lastSeenMs: number;
  /** When its rooms are closed; null if it does not drain, or has all the time that it needs. */
  readonly drainUntilMs: number | null;
  /** The last reported loads, 60 at most, oldest first. */
  readonly loads: readonly number[];
}

/** What went on in one second. */
export interface FeedTick {
  readonly at: number;
  /** Connects that led to a server. */
  readonly joins: number;
  /** Requests of clients that got an error, by its name. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Time that half, and all but a hundredth, of the Connects took at most; null without any. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly rooms: number;
  readonly peers: number;
  readonly pending: number;
  /** As in `FleetTotals`. */
  readonly loads: readonly number[];
}

/** Sums over the fleet. */
export interface FeedTotals extends Omit<FleetTotals, "pending" | "loads"> {
  /** Customers who are configured. */
  readonly customers: number;
}

/** How the last attempt to reload the config went; `at` is ISO 8601. */
export interface FeedReload {
  readonly at: string;
  readonly outcome: "applied" | "unchanged" | "failed";
  readonly trigger: string;
  /** Why it failed. */
  readonly reason: string | null;
}

/** How a webhook is doing, without anything secret. */
export interface FeedWebhook {
  readonly webhook: string;
  /** Messages that are not delivered yet. */
  readonly waiting: number;
  /** Why the last attempt failed that did. */
  readonly lastError: string | null;
  /** Whether the last attempt of all failed. */
  readonly failing: boolean;
}

/** What both kinds of events say. */
export interface FeedState {
  readonly at: number;
  /** Why clients cannot be served; empty if they can. */
  readonly unready: readonly string[];
  readonly totals: FeedTotals;
  readonly reload: FeedReload | null;
  readonly webhooks: readonly FeedWebhook[];
  /** Number of the newest entry of the audit. */
  readonly auditSeq: number;
}

/** Everything, for who has just come. */
export interface FullEvent extends FeedState {
  readonly kind: "full";
  readonly version: string;
  /** Name of the operator who looks. */
  readonly user: string;
  readonly pools: readonly string[];
  readonly servers: readonly FeedServer[];
  /** The last 300 s, oldest first. */
  readonly ticks: readonly FeedTick[];
}

/** What has changed since the event before. */
export interface DeltaEvent extends FeedState {
  readonly kind: "delta";
  readonly servers: readonly Omit<FeedServer, "loads">[];
  /** Ids of servers that are gone. */
  readonly gone: readonly string[];
  readonly tick: FeedTick;
}

/** An event of the dashboard's feed. */
export type FeedEvent = FullEvent | DeltaEvent;
