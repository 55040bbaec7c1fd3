import { authenticateClient } from "./auth/authenticate-client.ts";
import type { KeyRing } from "./auth/key-ring.ts";
import { issueRoomToken } from "./auth/room-token.ts";
import { createServerKeys } from "./auth/server-keys.ts";
import type { Clock, Random } from "./clock.ts";
import { type CustomerFeed, createCustomerFeed, FETCHED } from "./config/customer-feed.ts";
import type { ResolvedConfig } from "./config/load.ts";
import { RpcError } from "./errors.ts";
import { createFleet } from "./fleet/state.ts";
import { countEligible, isServerKnown } from "./fleet/views.ts";
import type { Peer } from "./http/caller.ts";
import { type Routes, type RpcEndpoint, route } from "./http/router.ts";
import type { Logger } from "./log.ts";
import { logFleetEvent } from "./observe/log-fleet-event.ts";
import { createRefusalLog } from "./observe/log-refusal.ts";
import { createFetchedKeyRing, createPlan, findWarnings, type Plan } from "./plan.ts";
import { createCallStats } from "./rpc/call-stats.ts";
import type { ConfigControl, InternalContext, PublicContext } from "./rpc/context.ts";
import { dispatch } from "./rpc/dispatch.ts";
import { createInternalApi } from "./rpc/internal-api.ts";
import type { EndedCall } from "./rpc/method.ts";
import { createPublicApi } from "./rpc/public-api.ts";
import { createEmbeddedStore } from "./store/embedded.ts";

/** A gateway that does not listen by itself. */
export interface Gateway extends AsyncDisposable {
  /** Answers an HTTP request that came from `peer`; never throws. */
  readonly fetch: (request: Request, peer: Peer) => Promise<Response>;
  /** Why clients cannot be served at the moment; empty if they can. */
  readonly unreadyReasons: () => readonly string[];
  /** Settles when the customers were loaded, or could not be at the first attempt. */
  readonly customersTried: Promise<void>;
  /**
   * Puts another config in force: from the next request on, whole, or not at all if it throws a ConfigError. The fleet's
   * state stays; `stateDir` and the master key are those of the start.
   */
  readonly reconfigure: (config: ResolvedConfig) => void;
  /** Turns clients away from now on: the process is about to end. */
  readonly drain: () => void;
}

/** What a gateway is made of. */
export interface GatewayOptions {
  readonly config: ResolvedConfig;
  readonly masterKey: Uint8Array;
  readonly clock: Clock;
  /** Gives numbers in [0, 1). */
  readonly random: Random;
  readonly log: Logger;
  /** What operators may ask about the config, and have done with it, over `/internal`. */
  readonly configControl?: ConfigControl | undefined;
}

const ADVANCE_INTERVAL_MS = 250;
/** Seconds after which a client that was turned away for our sake may try again. */
const RETRY_AFTER_SEC = 2;

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
export function createGateway({
  config: initial,
  masterKey,
  clock,
  random,
  log,
  configControl,
}: GatewayOptions): Gateway {
  const serverKeys = createServerKeys(masterKey);
  const stats = createCallStats();
  const logRefusal = createRefusalLog(log, clock);
  const publicApi = createPublicApi();
  const internalApi = createInternalApi();
  let isDraining = false;
  let exchanges = 0;
  let active = build(initial, undefined);
  const fleet = createFleet(active.plan.policy, random, clock.now());
  const store = createEmbeddedStore({
    fleet,
    now: clock.now,
    onEvent(event) {
      if (event.type === "server.added") serverKeys.register(event.server.endpoint);
      if (event.type === "server.removed" && !isServerKnown(fleet, event.server.endpoint)) {
        serverKeys.forget(event.server.endpoint);
      }
      logFleetEvent(log, event);
    },
  });

  function build(config: ResolvedConfig, lastGood: KeyRing | undefined): Active {
    const plan = createPlan(config);
    const endpoints = { public: createPublicEndpoint(() => next), internal: createInternalEndpoint(() => next) };
    const next: Active = {
      config,
      plan,
      keyRing: plan.keyRing ?? lastGood,
      feed: undefined,
      routes: {
        pools: plan.policy.pools,
        defaultPool: plan.defaultPool,
        hasPoolPaths: config.sfuPools !== undefined,
        trustedProxies: plan.trustedProxies,
        endpoints,
        unreadyReasons,
        onRefused: (error, audience, { address }) => logRefusal(error, audience, address),
      },
    };
    return next;
  }

  function createPublicEndpoint(self: () => Active): RpcEndpoint {
    return {
      get maxBodyBytes() {
        return self().config.bodyLimit.public;
      },
      async open({ authorization }, pool) {
        const { config, keyRing } = self();
        if (isDraining) throw unavailable("the gateway is draining");
        if (keyRing === undefined) throw unavailable("the customers are not loaded yet");
        const authority = { keyRing, serverKeys, unknownCustomers: config.unknownCustomers };
        const principal = await authenticateClient(authorization, authority, clock.wall());
        const context: PublicContext = {
          principal,
          pool,
          store,
          roomScope: config.roomScope,
          issueRoomToken: (to, rooms, endpoint) =>
            issueRoomToken(to, {
              rooms,
              endpoint,
              key: serverKeys.derive(endpoint).signingKey,
              wallMs: clock.wall(),
              lifetimeSec: config.loginToken.lifetime,
            }),
        };
        return (body) => dispatch(body, publicApi, context, onEnd);
      },
    };
  }

  function createInternalEndpoint(self: () => Active): RpcEndpoint {
    return {
      get maxBodyBytes() {
        return self().config.bodyLimit.internal;
      },
      async open(caller, pool) {
        const { config, plan } = self();
        const context: InternalContext = {
          principal: plan.authenticateInternal(caller),
          pool,
          store,
          callerAddress: caller.address,
          connection: caller.connection,
          exchange: ++exchanges,
          recommended: plan.recommended,
          updateIntervalMs: plan.policy.updateIntervalMs,
          maxRoomsPerReport: config.maxRoomsPerReport,
          deriveServerKey: (endpoint) => serverKeys.derive(endpoint).jwk,
          stats,
          configControl,
        };
        return (body) => dispatch(body, internalApi, context, onEnd);
      },
    };
  }

  function unreadyReasons(): string[] {
    const { keyRing, config } = active;
    const reasons: string[] = [];
    if (isDraining) reasons.push("the gateway is draining");
    if (keyRing === undefined) reasons.push("the customers are not loaded");
    else if (keyRing.customers === 0 && config.unknownCustomers === "forbidden") reasons.push("there are no customers");
    if (countEligible(fleet) === 0) reasons.push("no server has reported lately");
    return reasons;
  }

  function onEnd(call: EndedCall): void {
    stats.count(call);
    if (call.outcome === "failure") log.error("a call failed", { method: call.method, error: call.cause });
    else log.debug("a call ended", { method: call.method, outcome: call.outcome, reason: call.error });
  }

  /** Begins to fetch the customers of a config that is in force by now. */
  function startFeed(self: Active): void {
    const { customerApi, allowEmptyCustomers } = self.config;
    self.feed =
      customerApi &&
      createCustomerFeed({
        updateFunction: customerApi.updateFunction,
        intervalMs: customerApi.updateInterval * 1000,
        allowEmpty: allowEmptyCustomers,
        clock,
        random,
        log,
        hasCustomers: () => self.keyRing !== undefined,
        onCustomers(customers) {
          const built = createFetchedKeyRing(customers);
          for (const reason of built.warnings)
            log.warning("a customer's key was left out", { source: FETCHED, reason });
          self.keyRing = built.keyRing;
        },
      });
  }

  for (const warning of findWarnings(initial)) log.warning(warning);
  startFeed(active);
  const timer = clock.every(ADVANCE_INTERVAL_MS, store.advance);

  return {
    fetch: (request, peer) => route(request, peer, active.routes),
    unreadyReasons,
    customersTried: active.feed?.firstAttempt ?? Promise.resolve(),
    reconfigure(config) {
      const next = build(config, active.keyRing);
      active.feed?.[Symbol.dispose]();
      active = next;
      store.setPolicy(next.plan.policy);
      for (const warning of findWarnings(config)) log.warning(warning);
      startFeed(next);
    },
    drain() {
      isDraining = true;
    },
    async [Symbol.asyncDispose]() {
      active.feed?.[Symbol.dispose]();
      timer[Symbol.dispose]();
    },
  };
}

function unavailable(message: string): RpcError {
  return new RpcError("unavailable", { message, data: { retryAfterSec: RETRY_AFTER_SEC } });
}
