import { authenticateClient } from "./auth/authenticate-client.ts";
import { findNamespaceOwner, type KeyRing } from "./auth/key-ring.ts";
import type { ClientPrincipal } from "./auth/principal.ts";
import { issueRoomToken } from "./auth/room-token.ts";
import type { ServerKeys } from "./auth/server-keys.ts";
import type { Signatures } from "./auth/signatures.ts";
import type { TokenReader } from "./auth/token-reader.ts";
import type { Awaitable } from "./awaitable.ts";
import type { Clock } from "./clock.ts";
import type { ResolvedConfig } from "./config/load.ts";
import { RpcError } from "./errors.ts";
import type { Admission } from "./fleet/admit.ts";
import type { FleetStore } from "./fleet/store.ts";
import type { Endpoints } from "./http/router.ts";
import type { Plan } from "./plan.ts";
import { createLimitedStore } from "./rates/limited-store.ts";
import type { RateLimits } from "./rates/rate-limits.ts";
import type { CallStats } from "./rpc/call-stats.ts";
import type { ConfigControl, InternalContext, PublicContext } from "./rpc/context.ts";
import { dispatch } from "./rpc/dispatch.ts";
import type { Api, EndedCall } from "./rpc/method.ts";

/** What both APIs of a gateway work with, under whichever config. */
export interface Workings {
  readonly publicApi: Api<PublicContext>;
  readonly internalApi: Api<InternalContext>;
  readonly store: FleetStore;
  readonly limits: RateLimits;
  readonly serverKeys: ServerKeys;
  readonly signatures: Signatures;
  readonly tokens: TokenReader;
  readonly clock: Clock;
  readonly stats: CallStats;
  readonly readAudit: InternalContext["readAudit"];
  readonly configControl: ConfigControl | undefined;
  /** Gives a number that no other request to servers' and operators' API has, under whichever config. */
  readonly nextExchange: () => number;
  readonly webhooks: InternalContext["webhooks"];
  /** Told of each call that has ended, with the id of its request, and who called if that was a client or a backend. */
  readonly onEnd: (call: EndedCall, requestId: string, client?: ClientPrincipal) => void;
}

/** What a request is answered under: it ends under what it began with. */
export interface Terms {
  readonly config: ResolvedConfig;
  readonly plan: Plan;
  /** Absent until the customers are loaded. */
  readonly keyRing: KeyRing | undefined;
}

/** Seconds after which a client that was turned away for our sake may try again. */
const RETRY_AFTER_SEC = 2;

/** Creates the API for clients and customers' backends, under the terms that `findTerms` gives at each request. */
export function createPublicEndpoint(workings: Workings, findTerms: () => Terms): Endpoints["public"] {
  const { publicApi, limits, serverKeys, signatures, tokens, clock, onEnd } = workings;
  const store = createLimitedStore(workings.store, limits, "public");

  const noteEnd = (call: EndedCall, { requestId, principal }: PublicContext) => onEnd(call, requestId, principal);

  function issue(to: ClientPrincipal, { endpoint, rooms, keys }: Admission): Awaitable<string> {
    const key = serverKeys.findHeld({ endpoint, keys })?.signingKey;
    // Its master key left the list in this very moment: the next attempt finds another server.
    if (!key) throw unavailable("the servers' keys are being exchanged");
    const lifetimeSec = findTerms().config.loginToken.lifetime;
    return issueRoomToken(to, { rooms, endpoint, key, signatures, wallMs: clock.wall(), lifetimeSec });
  }

  return {
    get maxBodyBytes() {
      return findTerms().config.bodyLimit.public;
    },
    authenticate({ authorization }) {
      const { config, keyRing } = findTerms();
      if (keyRing === undefined) throw unavailable("the customers are not loaded yet");
      const authority = { keyRing, serverKeys, tokens, unknownCustomers: config.unknownCustomers };
      return authenticateClient(authorization, authority, clock.wall());
    },
    answer(body, principal, { requestId }, pool) {
      const { roomScope } = findTerms().config;
      const context = { principal, pool, store, requestId, roomScope, issueRoomToken: issue };
      return dispatch(body, publicApi, context, noteEnd, clock.now);
    },
  };
}

/** Creates the API for servers and operators, under the terms that `findTerms` gives at each request. */
export function createInternalEndpoint(workings: Workings, findTerms: () => Terms): Endpoints["internal"] {
  const { internalApi, limits, serverKeys, clock, stats, readAudit, webhooks, configControl, nextExchange, onEnd } =
    workings;
  const store = createLimitedStore(workings.store, limits, "internal");
  return {
    get maxBodyBytes() {
      return findTerms().config.bodyLimit.internal;
    },
    authenticate: (caller) => ({
      principal: findTerms().plan.authenticateInternal(caller),
      // Before the body is there: whoever has sent it may be gone then, and with the connection its address.
      callerAddress: caller.address,
      connection: caller.connection,
    }),
    answer(body, caller, { requestId }, pool) {
      const { config, plan } = findTerms();
      const context: InternalContext = {
        ...caller,
        pool,
        store,
        requestId,
        exchange: nextExchange(),
        recommended: plan.recommended,
        updateIntervalMs: plan.policy.updateIntervalMs,
        maxRoomsPerReport: config.maxRoomsPerReport,
        deriveServerKeys: (endpoint) => serverKeys.derive(endpoint).map(({ jwk }) => jwk),
        findTags: (customer) => findTerms().keyRing?.findTags(customer) ?? [],
        findOwner: (namespace) =>
          findNamespaceOwner(namespace, findTerms().keyRing, config.unknownCustomers !== "forbidden"),
        limits: findTerms().keyRing?.limits ?? new Map(),
        readAudit,
        webhooks,
        findKeyId: (server) => serverKeys.findHeld(server)?.jwk.kid,
        stats,
        configControl,
      };
      return dispatch(body, internalApi, context, (call) => onEnd(call, requestId), clock.now);
    },
  };
}

function unavailable(message: string): RpcError {
  return new RpcError("unavailable", { message, data: { retryAfterSec: RETRY_AFTER_SEC } });
}
