import packageJson from "../package.json" with { type: "json" };
import { createAuditLog } from "./audit/audit-log.ts";
import { createAuditedApi } from "./audit/audited-api.ts";
import type { KeyRing } from "./auth/key-ring.ts";
import { createAdaptiveSignatures, type Signatures } from "./auth/signatures.ts";
import { createTokenReader } from "./auth/token-reader.ts";
import type { Clock, Random } from "./clock.ts";
import type { CustomerFeed } from "./config/customer-feed.ts";
import type { ResolvedConfig } from "./config/load.ts";
import type { ReloadReport } from "./config/reloader.ts";
import { createInternalEndpoint, createPublicEndpoint, type Workings } from "./endpoints.ts";
import { startFetchingCustomers } from "./fetched-customers.ts";
import { takeCensus } from "./fleet/census.ts";
import { takeTotals } from "./fleet/totals.ts";
import { createHostedFleet, type KeptState } from "./hosted-fleet.ts";
import { createRequestIds } from "./http/request-ids.ts";
import { type Routes, route, routeMetrics } from "./http/router.ts";
import type { Fetch } from "./http/server.ts";
import type { Logger } from "./log.ts";
import { createPlan, findWarnings, isOperator, type Plan } from "./plan.ts";
import { createRateLimits } from "./rates/rate-limits.ts";
import type { ConfigControl } from "./rpc/context.ts";
import { createInternalApi } from "./rpc/internal-api.ts";
import { createPublicApi } from "./rpc/public-api.ts";
import { findDegradedReason, findSharingReasons, findUnreadyReasons } from "./unready.ts";
import { createWatchers } from "./watchers.ts";
import type { KeptMessages } from "./webhooks/queue-file.ts";
import { createYoungGarbage } from "./young-garbage.ts";

/** A gateway that does not listen by itself. */
export interface Gateway extends AsyncDisposable {
  /** Answers an HTTP request that came from `peer`; never throws. */
  readonly fetch: Fetch;
  /** The same on the listener that `internal.listen` asks for: only what is for servers and operators, and the probes. */
  readonly fetchInternal: Fetch;
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
  /**
   * Says from now on that it is not ready, so that load balancers look elsewhere; whoever comes is served all the same, but
   * for the dashboard, whose streams would not end.
   */
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
  /** Where it is kept for whom this gateway acted while it could not share; absent where nothing survives a restart. */
  readonly unsharedFile?: string | undefined;
  /** By default as is quickest at the moment. */
  readonly signatures?: Signatures | undefined;
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
  const { config: initial, clock, random, log, state, unsharedFile, keptMessages, configControl } = options;
  const audit = createAuditLog(log, clock);
  const watchers = createWatchers({
    version: packageJson.version,
    webhooks: initial.webhooks,
    keptMessages,
    views: {
      census: () => takeCensus(hosted.fleet, clock.now()),
      totals: () => takeTotals(hosted.fleet),
      servers: () => hosted.fleet.servers.values(),
      keyRing: () => active.keyRing,
      unreadyReasons,
      sharing: () => hosted.sharing(),
      maxBansPerCustomer: () => active.plan.policy.maxBansPerCustomer,
    },
    audit,
    clock,
    random,
    log,
  });
  const { metrics, dashboard, webhooks } = watchers;
  let isDraining = false;
  let exchanges = 0;
  const newRequestId = createRequestIds(random);
  const onBody = createYoungGarbage();
  const plan = createPlan(initial);
  const { masterKeys } = initial;
  const hosted = createHostedFleet({
    policy: plan.policy,
    masterKeys,
    clock,
    random,
    log,
    state,
    sharing: initial.state && { ...initial.state, unsharedFile },
    watch: watchers.fleet,
  });
  const { store, serverKeys } = hosted;
  const limits = createRateLimits(initial.rateLimits, clock.now, metrics.onRateLimited);
  const signatures = options.signatures ?? createAdaptiveSignatures(setImmediate);
  const workings: Workings = {
    publicApi: createAuditedApi(createPublicApi(packageJson.version), audit, "left out"),
    internalApi: createAuditedApi(createInternalApi(packageJson.version), audit, "recorded"),
    store,
    limits,
    serverKeys,
    signatures,
    tokens: createTokenReader(signatures, clock.now),
    clock,
    stats: watchers.stats,
    readAudit: audit.read,
    webhooks: webhooks.status,
    configControl,
    nextExchange: () => ++exchanges,
    onEnd: watchers.onEnd,
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
        isSplit: config.internalListen !== undefined,
        trustedProxies: plan.trustedProxies,
        newRequestId,
        endpoints,
        unreadyReasons,
        degradedReason: () => findDegradedReason(hosted.sharing()),
        authenticateInternal: plan.authenticateInternal,
        scrape: metrics.scrape,
        dashboard: config.dashboard ? dashboard : undefined,
        checkAddress: limits.checkAddress,
        noteFailure: limits.noteFailure,
        now: clock.now,
        onAnswered: metrics.onAnswered,
        onBody,
        onRefused: watchers.onRefused,
      },
    };
    return next;
  }

  function unreadyReasons(): string[] {
    const sharing = findSharingReasons(initial.state?.onOutage, hosted.sharing());
    return [
      ...(isDraining ? ["the gateway is draining"] : []),
      ...sharing,
      ...findUnreadyReasons(active, hosted.fleet),
    ];
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
    fetch: (request, peer, line) => route(request, peer, active.routes, "public", line),
    fetchInternal: (request, peer, line) => route(request, peer, active.routes, "internal", line),
    fetchMetrics: (request) => routeMetrics(request, active.routes),
    unreadyReasons,
    customersTried: active.feed?.firstAttempt ?? Promise.resolve(),
    prepare(config) {
      const next = build(config, createPlan(config));
      return () => {
        next.keyRing ??= active.keyRing;
        active.feed?.[Symbol.dispose]();
        // A stream would keep a listener that is to close for as long as it may take.
        const staysOpen = config.dashboard && Bun.deepEquals(toAddresses(config), toAddresses(active.config));
        active = next;
        limits.reconfigure(config.rateLimits);
        webhooks.reconfigure(config.webhooks);
        hosted.reconfigure(next.plan.policy, config.masterKeys);
        dashboard.endUnless(({ caller }) => staysOpen && isOperator(caller, next.plan));
        begin(next);
      };
    },
    kept: store.kept,
    noteReload: watchers.onReload,
    drain() {
      isDraining = true;
      dashboard.close();
    },
    async [Symbol.asyncDispose]() {
      active.feed?.[Symbol.dispose]();
      await hosted[Symbol.asyncDispose]();
      await watchers[Symbol.asyncDispose]();
    },
  };
}

function toAddresses({ listen, internalListen }: ResolvedConfig) {
  return [listen, internalListen];
}
