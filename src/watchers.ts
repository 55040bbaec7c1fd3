import type { AuditLog } from "./audit/audit-log.ts";
import { noteReload } from "./audit/note-reload.ts";
import type { ClientPrincipal } from "./auth/principal.ts";
import type { Clock, Random } from "./clock.ts";
import type { ResolvedConfig } from "./config/load.ts";
import type { ReloadReport } from "./config/reloader.ts";
import { createDashboard, type Dashboard } from "./dashboard/dashboard.ts";
import type { FeedViews } from "./dashboard/start-feed.ts";
import type { RpcError } from "./errors.ts";
import type { FleetWatch } from "./hosted-fleet.ts";
import type { Caller } from "./http/caller.ts";
import type { Audience } from "./http/respond.ts";
import type { Logger } from "./log.ts";
import { createGatewayMetrics, type GatewayMetrics, type GatewayViews } from "./metrics/gateway-metrics.ts";
import { createRefusalLog } from "./observe/log-refusal.ts";
import { type CallStats, createCallStats } from "./rpc/call-stats.ts";
import type { EndedCall } from "./rpc/method.ts";
import type { KeptMessages } from "./webhooks/queue-file.ts";
import { createWebhooks, type Webhooks } from "./webhooks/webhooks.ts";

/** All who are told what a gateway does, until disposed. None of them has a say in it. */
export interface Watchers extends AsyncDisposable {
  readonly stats: CallStats;
  readonly metrics: GatewayMetrics;
  readonly dashboard: Dashboard;
  readonly webhooks: Webhooks;
  readonly fleet: FleetWatch;
  /** A call has ended, of that request; of a client's, with whose it was. */
  readonly onEnd: (call: EndedCall, requestId: string, client?: ClientPrincipal) => void;
  /** A request has ended before any call of it began. */
  readonly onRefused: (error: RpcError, audience: Audience, caller: Caller) => void;
  readonly onReload: (report: ReloadReport) => void;
}

/** Creates those who watch a gateway, of which they see what `views` shows. */
export function createWatchers(options: {
  version: string;
  webhooks: ResolvedConfig["webhooks"];
  keptMessages: KeptMessages | undefined;
  views: Omit<GatewayViews, "webhooks"> & Pick<FeedViews, "totals" | "servers"> & { maxBansPerCustomer: () => number };
  audit: AuditLog;
  clock: Clock;
  random: Random;
  log: Logger;
}): Watchers {
  const { version, keptMessages, views, audit, clock, random, log } = options;
  const stats = createCallStats();
  const logRefusal = createRefusalLog(log, clock);
  const metrics = createGatewayMetrics({ ...views, webhooks: () => webhooks.status() }, clock);
  const webhooks = createWebhooks({
    webhooks: options.webhooks,
    kept: keptMessages,
    version,
    clock,
    random,
    log,
    watch: metrics,
  });
  const dashboard = createDashboard({
    version,
    views: {
      ...views,
      countCustomers: () => views.keyRing()?.customers,
      lastAuditSeq: audit.lastSeq,
      webhooks: () => webhooks.status(),
    },
    clock,
  });
  return {
    stats,
    metrics,
    dashboard,
    webhooks,
    fleet: {
      onStateWrite: metrics.onStateWrite,
      kept: webhooks.kept,
      onFleetEvent(event) {
        metrics.onFleetEvent(event);
        webhooks.onFleetEvent(event);
      },
    },
    onEnd(call, requestId, client) {
      const { method, outcome, error } = call;
      stats.count(call);
      metrics.onCall(call);
      dashboard.onCall(call);
      // Customers whom nobody vouches for are as many as they like.
      if (error !== undefined && client && client.provenance !== "unverified") {
        const limits = { ...client.limits, maxBans: views.maxBansPerCustomer() };
        webhooks.onRefusal({ error, customer: client.customer, limits });
      }
      if (outcome === "failure") log.error("a call failed", { method, requestId, error: call.cause });
      else if (log.isDebugEnabled()) log.debug("a call ended", { method, requestId, outcome, reason: error });
    },
    onRefused(error, audience, caller) {
      metrics.onRefused(error, audience);
      dashboard.onRefused(error, audience);
      logRefusal(error, audience, caller);
    },
    onReload(report) {
      metrics.onReload(report.outcome);
      dashboard.onReload(report);
      webhooks.onReload(report);
      noteReload(audit, report);
    },
    async [Symbol.asyncDispose]() {
      metrics[Symbol.dispose]();
      dashboard[Symbol.dispose]();
      await webhooks[Symbol.asyncDispose]();
    },
  };
}
