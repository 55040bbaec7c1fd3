import packageJson from "../../package.json" with { type: "json" };
import type { Clock } from "../clock.ts";
import type { RpcError } from "../errors.ts";
import type { Census } from "../fleet/census.ts";
import type { FleetEvent } from "../fleet/events.ts";
import type { EndedCall } from "../rpc/method.ts";
import { type CustomerLimits, collectCustomers, collectServers } from "./collect.ts";
import { countFleetEvent } from "./count-fleet-event.ts";
import { readProcessFigures } from "./process-figures.ts";
import { type AddGauges, CONTENT_TYPE, createMetricsRegistry } from "./registry.ts";
import {
  collectWebhooks,
  createWebhookCounters,
  type WebhookCounters,
  type WebhookFigures,
} from "./webhook-metrics.ts";

/** What a scrape is answered with. */
export interface MetricsPage {
  readonly contentType: string;
  readonly text: string;
}

/** How an attempt to reload the config went. */
export type ReloadOutcome = "applied" | "unchanged" | "failed";

/** A limit on how often something may be done, by the name of its setting. */
export type RateLimit = (typeof RATE_LIMITS)[number];

/** The metrics of one gateway, until disposed. */
export interface GatewayMetrics extends Disposable, WebhookCounters {
  readonly onCall: (call: EndedCall) => void;
  /** Told of requests that ended before any call of theirs began. */
  readonly onRefused: (error: RpcError, audience: "public" | "internal") => void;
  /** Told of what was refused by one of the limits on how often. */
  readonly onRateLimited: (limit: RateLimit) => void;
  /** Told of requests that were answered, with the HTTP status and how long that took. */
  readonly onAnswered: (audience: "public" | "internal", status: number, durationMs: number) => void;
  readonly onFleetEvent: (event: FleetEvent) => void;
  readonly onStateWrite: (isKept: boolean, durationMs: number) => void;
  readonly onReload: (outcome: ReloadOutcome) => void;
  /** Everything as it is now. */
  readonly scrape: () => Promise<MetricsPage>;
}

interface KnownCustomers {
  readonly customers: number;
  readonly limits: ReadonlyMap<string, CustomerLimits>;
}

/** Read-only views of a gateway, looked at when somebody asks. */
export interface GatewayViews {
  readonly census: () => Census;
  /** Why clients cannot be served; empty if they can. */
  readonly unreadyReasons: () => readonly string[];
  /** How this gateway stands to others with which it shares its fleet, if it does. */
  readonly sharing: () => { readonly mode: string; readonly gateways: number } | undefined;
  /** The customers, once they are loaded. */
  readonly keyRing: () => KnownCustomers | undefined;
  readonly webhooks: () => readonly WebhookFigures[];
}

const LAG_INTERVAL_MS = 100;
/** Series that are there before anything happened: a rise from nothing is none to Prometheus. */
const CONNECT_REFUSALS = ["noServer", "peerLimit", "roomLimit", "roomClosed", "userBanned", "tooManyRequests"];
const RATE_LIMITS = ["failedAuthorizations", "connects", "roomCalls"] as const;
const RELOADS: readonly ReloadOutcome[] = ["applied", "unchanged", "failed"];

/** Creates the metrics of a gateway. */
export function createGatewayMetrics(views: GatewayViews, clock: Clock): GatewayMetrics {
  const registry = createMetricsRegistry();
  const cpu = { user: 0, system: 0 };
  let isReloadGood = true;
  let isKept: boolean | undefined;
  for (const reason of CONNECT_REFUSALS) registry.count("connectRefusals", { reason }, 0);
  for (const limit of RATE_LIMITS) registry.count("rateLimited", { limit }, 0);
  for (const outcome of RELOADS) registry.count("reloads", { outcome }, 0);
  for (const outcome of ["success", "failure"]) registry.count("stateWrites", { outcome }, 0);

  let expectedAt = clock.now() + LAG_INTERVAL_MS;
  const timer = clock.every(LAG_INTERVAL_MS, () => {
    const now = clock.now();
    registry.observe("loopLag", {}, Math.max(0, now - expectedAt) / 1000);
    expectedAt = now + LAG_INTERVAL_MS;
  });

  function collect(add: AddGauges): void {
    const census = views.census();
    const keyRing = views.keyRing();
    collectServers(census, add);
    collectCustomers(census, (customer) => keyRing?.limits.get(customer), add);
    collectWebhooks(views.webhooks(), clock.wall(), add);
    const sharing = views.sharing();
    if (sharing) add({}, { stateShared: Number(sharing.mode === "joined"), gateways: sharing.gateways });
    const { memory, heap, openFiles, maxFiles, startTime } = takeProcessFigures();
    add({ version: packageJson.version, bun: process.versions.bun ?? "" }, { buildInfo: 1 });
    add(
      {},
      {
        ready: Number(views.unreadyReasons().length === 0),
        customers: keyRing?.customers ?? 0,
        reloadGood: Number(isReloadGood),
        memory,
        heap,
        startTime,
        ...(isKept !== undefined && { stateKept: Number(isKept) }),
        ...(openFiles !== undefined && { openFiles }),
        ...(maxFiles !== undefined && { maxFiles }),
      },
    );
  }

  function takeProcessFigures() {
    const figures = readProcessFigures();
    const { userCpuSec, systemCpuSec } = figures;
    registry.count("cpu", { mode: "user" }, Math.max(0, userCpuSec - cpu.user));
    registry.count("cpu", { mode: "system" }, Math.max(0, systemCpuSec - cpu.system));
    Object.assign(cpu, { user: userCpuSec, system: systemCpuSec });
    return figures;
  }

  return {
    ...createWebhookCounters(registry),
    onCall({ method, outcome, durationMs, error }) {
      registry.count("calls", { method, outcome });
      registry.observe("callDuration", { method }, durationMs / 1000);
      if (method === "Connect" && error !== undefined) registry.count("connectRefusals", { reason: error });
    },
    onRefused: ({ error }, audience) => registry.count("refusedRequests", { audience, reason: error }),
    onRateLimited: (limit) => registry.count("rateLimited", { limit }),
    onAnswered: (audience, status, durationMs) =>
      registry.observe("httpDuration", { audience, status: String(status) }, durationMs / 1000),
    onFleetEvent: (event) => countFleetEvent(registry, event),
    onStateWrite(success, durationMs) {
      isKept = success;
      registry.count("stateWrites", { outcome: success ? "success" : "failure" });
      registry.observe("stateWriteDuration", {}, durationMs / 1000);
    },
    onReload(outcome) {
      isReloadGood = outcome !== "failed";
      registry.count("reloads", { outcome });
    },
    scrape: async () => ({ contentType: CONTENT_TYPE, text: registry.toText(collect) }),
    [Symbol.dispose]: () => timer[Symbol.dispose](),
  };
}
