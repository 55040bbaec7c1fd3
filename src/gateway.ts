import packageJson from "../package.json" with { type: "json" };
import { createAuditLog } from "./audit/audit-log.ts";
import { createAuditedApi } from "./audit/audited-api.ts";
import { noteReload } from "./audit/note-reload.ts";
import type { KeyRing } from "./auth/key-ring.ts";
import type { ClientPrincipal } from "./auth/principal.ts";
import type { Clock, Random } from "./clock.ts";
import type { CustomerFeed } from "./config/customer-feed.ts";
import type { ResolvedConfig } from "./config/load.ts";
import type { ReloadReport } from "./config/reloader.ts";
import { createInternalEndpoint, createPublicEndpoint, type Workings } from "./endpoints.ts";
import { startFetchingCustomers } from "./fetched-customers.ts";
import { takeCensus } from "./fleet/census.ts";
import type { FleetEvent } from "./fleet/events.ts";
import { createHostedFleet, type KeptState } from "./hosted-fleet.ts";
import type { Peer } from "./http/caller.ts";
import { createRequestIds } from "./http/request-ids.ts";
import { type Routes, route, routeMetrics } from "./http/router.ts";
import type { Logger } from "./log.ts";
import { createGatewayMetrics } from "./metrics/gateway-metrics.ts";
import { createRefusalLog } from "./observe/log-refusal.ts";
import { createPlan, findWarnings, type Plan } from "./plan.ts";
import { createCallStats } from "./rpc/call-stats.ts";
import type { ConfigControl } from "./rpc/context.ts";
import { createInternalApi } from "./rpc/internal-api.ts";
import type { EndedCall } from "./rpc/method.ts";
import { createPublicApi } from "./rpc/public-api.ts";
import { findUnreadyReasons } from "./unready.ts";
import type { KeptMessages } from "./webhooks/queue-file.ts";
import { createWebhooks } from "./webhooks/webhooks.ts";

/** A gateway that does not listen by itself. */
export interface Gateway extends AsyncDisposable {
  /** Answers an HTTP request that came from `peer`; never throws. */
  readonly fetch: (request: Request, peer: Peer) => Promise<Response>;
  /** The same on the metrics' own listener: only `/metrics`, without credentials, and the probes. */
  readonly fetchMetrics: (request: Request) => Promise<Response>;
  /** Why clients cannot be served at the moment; empty if they can. */
  readonly unreadyReasons: () => readonly string[];
  /** Settles when the customers were loaded, or could not be at the first attempt. */
  readonly customersTried: Promise<void>;
  /**
   * Makes ready to put another config in force; throws a ConfigError if it asks for what cannot be. The function that it
   * gives does it: from the next request on, whole. The fleet's state stays, and `stateDir` is that of the start.
   */
  readonly prepare: (config: ResolvedConfig) => () => void;
  /** Resolves when the state as it is now is kept; rejects if it cannot be. */
  readonly kept: () => Promise<void>;
  /** Puts an attempt to reload the config on record. */
  readonly noteReload: (report: ReloadReport) => void;
  /** Says from now on that it is not ready, so that load balancers look elsewhere; whoever comes is served all the same. */
  readonly drain: () => void;
}

/** What a gateway is made of. */
export interface GatewayOptions {
  /** With at least one master key. */
  readonly config: ResolvedConfig;
  readonly clock: Clock;
  /** Gives numbers in [0, 1). */
  readonly random: Random;
  readonly log: Logger;
  /** Absent where nothing is to survive a restart, as in a demo. */
  readonly state?: KeptState | undefined;
  /** Absent where webhooks' messages are not to survive a restart either. */
  readonly keptMessages?: KeptMessages | undefined;
  /** What operators may ask about the config, and have done with it, over `/internal`. */
  readonly configControl?: ConfigControl | undefined;
}

/** A config in force, and everything that was built of it: requests in flight end under the one they began with. */
interface Active {
  readonly config: ResolvedConfig;
  readonly plan: Plan;
  readonly routes: Routes;
  /** Absent until `customerApi` has fetched the customers. */
  keyRing: KeyRing | undefined;
  feed: CustomerFeed | undefined;
}

/** Builds a gateway; throws a ConfigError if the config asks for what cannot be. */
export function createGateway(options: GatewayOptions): Gateway {
  const { config: initial, clock, random, log, state, keptMessages, configControl } = options;
  const stats = createCallStats();
  const logRefusal = createRefusalLog(log, clock);
  const audit = createAuditLog(log, clock);
  const metrics = createGatewayMetrics(
    {
      census: () => takeCensus(hosted.fleet, clock.now()),
      keyRing: () => active.keyRing,
      unreadyReasons,
      webhooks: () => webhooks.status(),
    },
    clock,
  );
  let isDraining = false;
  const newRequestId = createRequestIds(random);
  const plan = createPlan(initial);
  const { masterKeys } = initial;
  const webhooks = createWebhooks({
    webhooks: initial.webhooks,
    kept: keptMessages,
    version: packageJson.version,
    clock,
    random,
    log,
    watch: metrics,
  });
  const watch = {
    ...metrics,
    onFleetEvent(event: FleetEvent) {
      metrics.onFleetEvent(event);
      webhooks.onFleetEvent(event);
    },
  };
  const hosted = createHostedFleet({ policy: plan.policy, masterKeys, clock, random, log, state, watch });
  const { store, serverKeys } = hosted;
  const workings: Workings = {
    publicApi: createAuditedApi(createPublicApi(packageJson.version), audit, "left out"),
    internalApi: createAuditedApi(createInternalApi(packageJson.version), audit, "recorded"),
    store,
    serverKeys,
    clock,
    stats,
    readAudit: audit.read,
    webhooks: webhooks.status,
    configControl,
    onEnd,
  };
  let active = build(initial, plan);

  function build(config: ResolvedConfig, plan: Plan): Active {
    const endpoints = {
      public: createPublicEndpoint(workings, () => next),
      internal: createInternalEndpoint(workings, () => next),
    };
    const next: Active = {
      config,
      plan,
      keyRing: plan.keyRing,
      feed: undefined,
      routes: {
        pools: plan.policy.pools,
        defaultPool: plan.defaultPool,
        hasPoolPaths: config.sfuPools !== undefined,
        trustedProxies: plan.trustedProxies,
        newRequestId,
        endpoints,
        unreadyReasons,
        authenticateInternal: plan.authenticateInternal,
        scrape: metrics.scrape,
        onRequest: metrics.onRequest,
        onRefused(error, audience, caller) {
          metrics.onRefused(error, audience);
          logRefusal(error, audience, caller);
        },
      },
    };
    return next;
  }

  function unreadyReasons(): string[] {
    return [...(isDraining ? ["the gateway is draining"] : []), ...findUnreadyReasons(active, hosted.fleet)];
  }

  function onEnd(call: EndedCall, requestId: string, client?: ClientPrincipal): void {
    const { method, outcome, error } = call;
    stats.count(call);
    metrics.onCall(call);
    // Customers whom nobody vouches for are as many as they like.
    if (error !== undefined && client && client.provenance !== "unverified") {
      const maxBans = active.plan.policy.maxBansPerCustomer;
      webhooks.onRefusal({ error, customer: client.customer, limits: { ...client.limits, maxBans } });
    }
    if (outcome === "failure") log.error("a call failed", { method, requestId, error: call.cause });
    else log.debug("a call ended", { method, requestId, outcome, reason: call.error });
  }

  /** Says what is odd about a config that is in force by now, and begins to fetch its customers. */
  function begin(self: Active): void {
    for (const warning of findWarnings(self.config)) log.warning(warning);
    self.feed = startFetchingCustomers(self.config, {
      clock,
      random,
      log,
      hasCustomers: () => self.keyRing !== undefined,
      onKeyRing(keyRing) {
        self.keyRing = keyRing;
      },
    });
  }

  begin(active);

  return {
    fetch: (request, peer) => route(request, peer, active.routes),
    fetchMetrics: (request) => routeMetrics(request, active.routes),
    unreadyReasons,
    customersTried: active.feed?.firstAttempt ?? Promise.resolve(),
    prepare(config) {
      const next = build(config, createPlan(config));
      return () => {
        next.keyRing ??= active.keyRing;
        active.feed?.[Symbol.dispose]();
        active = next;
        webhooks.reconfigure(config.webhooks);
        hosted.reconfigure(next.plan.policy, config.masterKeys);
        begin(next);
      };
    },
    kept: store.kept,
    noteReload(report) {
      metrics.onReload(report.outcome);
      webhooks.onReload(report);
      noteReload(audit, report);
    },
    drain() {
      isDraining = true;
    },
    async [Symbol.asyncDispose]() {
      active.feed?.[Symbol.dispose]();
      metrics[Symbol.dispose]();
      await hosted[Symbol.asyncDispose]();
      await webhooks[Symbol.asyncDispose]();
    },
  };
}
