import { authenticateClient } from "./auth/authenticate-client.ts";
import { issueRoomToken } from "./auth/room-token.ts";
import { createServerKeys } from "./auth/server-keys.ts";
import type { Clock, Random } from "./clock.ts";
import { createCustomerFeed, FETCHED } from "./config/customer-feed.ts";
import type { ResolvedConfig } from "./config/load.ts";
import { RpcError } from "./errors.ts";
import { createFleet } from "./fleet/state.ts";
import { countEligible, isServerKnown } from "./fleet/views.ts";
import type { Peer } from "./http/caller.ts";
import { type Routes, type RpcEndpoint, route } from "./http/router.ts";
import type { Logger } from "./log.ts";
import { logFleetEvent } from "./observe/log-fleet-event.ts";
import { createRefusalLog } from "./observe/log-refusal.ts";
import { createFetchedKeyRing, createPlan } from "./plan.ts";
import { createCallStats } from "./rpc/call-stats.ts";
import type { PublicContext } from "./rpc/context.ts";
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
}

const ADVANCE_INTERVAL_MS = 250;
/** Seconds after which a client that was turned away for our sake may try again. */
const RETRY_AFTER_SEC = 2;

/** Builds a gateway; throws a ConfigError if the config asks for what cannot be. */
export function createGateway({ config, masterKey, clock, random, log }: GatewayOptions): Gateway {
  const { policy, authenticateInternal, recommended, trustedProxies, ...plan } = createPlan(config);
  const fleet = createFleet(policy, random, clock.now());
  const serverKeys = createServerKeys(masterKey);
  const stats = createCallStats();
  const logRefusal = createRefusalLog(log, clock);
  const store = createEmbeddedStore({
    fleet,
    now: clock.now,
    onEvent(event) {
      if (event.type === "server.added") serverKeys.register(event.server.endpoint);
      if (event.type === "server.removed" && !isServerKnown(fleet, event.server.endpoint))
        serverKeys.forget(event.server.endpoint);
      logFleetEvent(log, event);
    },
  });
  let { keyRing } = plan;
  let isDraining = false;
  let exchanges = 0;

  function unreadyReasons(): string[] {
    const reasons: string[] = [];
    if (isDraining) reasons.push("the gateway is draining");
    if (keyRing === undefined) reasons.push("the customers are not loaded");
    else if (keyRing.customers === 0 && config.unknownCustomers === "forbidden") reasons.push("there are no customers");
    if (countEligible(fleet) === 0) reasons.push("no server is eligible");
    return reasons;
  }

  function onEnd(call: EndedCall): void {
    stats.count(call);
    if (call.outcome === "failure") log.error("a call failed", { method: call.method, error: call.cause });
    else log.debug("a call ended", { method: call.method, outcome: call.outcome, reason: call.error });
  }

  const publicApi = createPublicApi();
  const issue: PublicContext["issueRoomToken"] = (principal, rooms, endpoint) => {
    const key = serverKeys.derive(endpoint).signingKey;
    return issueRoomToken(principal, {
      rooms,
      endpoint,
      key,
      wallMs: clock.wall(),
      lifetimeSec: config.loginToken.lifetime,
    });
  };
  const publicEndpoint: RpcEndpoint = {
    maxBodyBytes: config.bodyLimit.public,
    async open({ authorization }, pool) {
      if (isDraining) throw unavailable("the gateway is draining");
      if (keyRing === undefined) throw unavailable("the customers are not loaded yet");
      const authority = { keyRing, serverKeys, unknownCustomers: config.unknownCustomers };
      const principal = await authenticateClient(authorization, authority, clock.wall());
      const context: PublicContext = { principal, pool, store, roomScope: config.roomScope, issueRoomToken: issue };
      return (body) => dispatch(body, publicApi, context, onEnd);
    },
  };
  const internalApi = createInternalApi();
  const server = {
    recommended,
    updateIntervalMs: policy.updateIntervalMs,
    maxRoomsPerReport: config.maxRoomsPerReport,
    deriveServerKey: (endpoint: string) => serverKeys.derive(endpoint).jwk,
  };
  const internalEndpoint: RpcEndpoint = {
    maxBodyBytes: config.bodyLimit.internal,
    async open(caller, pool) {
      const principal = authenticateInternal(caller);
      const { address: callerAddress, connection } = caller;
      const context = { ...server, principal, pool, store, callerAddress, connection, exchange: ++exchanges, stats };
      return (body) => dispatch(body, internalApi, context, onEnd);
    },
  };

  const routes: Routes = {
    pools: policy.pools,
    defaultPool: plan.defaultPool,
    hasPoolPaths: config.sfuPools !== undefined,
    trustedProxies,
    endpoints: { public: publicEndpoint, internal: internalEndpoint },
    unreadyReasons,
    onRefused: (error, audience, { address }) => logRefusal(error, audience, address),
  };

  warnOfConfig(config, log);
  const timer = clock.every(ADVANCE_INTERVAL_MS, store.advance);
  const feed =
    config.customerApi &&
    createCustomerFeed({
      updateFunction: config.customerApi.updateFunction,
      intervalMs: config.customerApi.updateInterval * 1000,
      allowEmpty: config.allowEmptyCustomers,
      clock,
      log,
      onCustomers(customers) {
        const built = createFetchedKeyRing(customers);
        for (const reason of built.warnings) log.warning("a customer's key was left out", { source: FETCHED, reason });
        keyRing = built.keyRing;
      },
    });

  return {
    fetch: (request, peer) => route(request, peer, routes),
    unreadyReasons,
    customersTried: feed?.firstAttempt ?? Promise.resolve(),
    drain() {
      isDraining = true;
    },
    async [Symbol.asyncDispose]() {
      feed?.[Symbol.dispose]();
      timer[Symbol.dispose]();
    },
  };
}

/** Says at the start what an operator would otherwise find out from players. */
function warnOfConfig({ customers, unknownCustomers, internal }: ResolvedConfig, log: Logger): void {
  if (customers?.length === 0 && unknownCustomers === "forbidden") {
    log.warning(
      "there are no customers, so every token is refused: make a key with `odin-gateway keygen` and put its entry into customers",
    );
  }
  if (unknownCustomers !== "forbidden") {
    log.warning("unknownCustomers admits tokens that nobody has verified: for demos only", unknownCustomers);
  }
  if (internal.users.size === 0 && internal.allow.length === 0 && !internal.trustLoopback) {
    log.warning("nobody may call /internal, so no server can attach: put a user into internal.users");
  }
  if (internal.trustLoopback) {
    log.warning(
      "internal.trustLoopback lets everybody on this machine call /internal as an operator: not for production, and never behind a proxy",
    );
  }
}

function unavailable(message: string): RpcError {
  return new RpcError("unavailable", { message, data: { retryAfterSec: RETRY_AFTER_SEC } });
}
