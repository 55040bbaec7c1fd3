import type { InternalAuthenticator } from "../auth/authenticate-internal.ts";
import type { NetworkSet } from "../auth/network.ts";
import type { ClientPrincipal, InternalPrincipal } from "../auth/principal.ts";
import type { Awaitable } from "../awaitable.ts";
import { RpcError, toRpcError } from "../errors.ts";
import type { InternalContext } from "../rpc/context.ts";
import type { RpcReply } from "../rpc/dispatch.ts";
import { parseBody, readBody } from "./body.ts";
import { type Caller, type Peer, toCaller } from "./caller.ts";
import { findTarget, type Page, type Paths, type Target } from "./find-target.ts";
import { PUBLIC_BOUNDS } from "./json-bounds.ts";
import {
  type Audience,
  toErrorReply,
  toPreflightResponse,
  toProbeResponse,
  toResponse,
  toTextResponse,
} from "./respond.ts";
import type { KnownLine } from "./server.ts";

/** A JSON-RPC API behind HTTP, for callers who prove that they are a `P`. */
export interface RpcEndpoint<P> {
  readonly maxBodyBytes: number;
  /** Checks the caller's credentials, and says who they are; throws, or rejects with, RpcErrors. */
  readonly authenticate: (caller: Caller) => Awaitable<P>;
  /** Answers the body that the caller sent. */
  readonly answer: (body: unknown, principal: P, caller: Caller, pool: string) => Promise<RpcReply>;
}

/** Who calls `/internal`, and from where. */
export type InternalCaller = Pick<InternalContext, "principal" | "callerAddress" | "connection">;

/** The APIs, by who calls them. */
export interface Endpoints {
  readonly public: RpcEndpoint<ClientPrincipal>;
  readonly internal: RpcEndpoint<InternalCaller>;
}

/** A page of text for machines. */
export interface TextPage {
  readonly contentType: string;
  readonly text: string;
}

/** An operator who looks at the dashboard, and how they came. */
export interface Viewer {
  readonly principal: InternalPrincipal;
  readonly caller: Caller;
  readonly peer: Peer;
}

/** The dashboard, which only operators get to see. */
export interface DashboardRoutes {
  readonly page: (request: Request) => Promise<Response>;
  /** Its stream of events; throws RpcErrors. */
  readonly feed: (viewer: Viewer) => Response;
}

/** What the router routes to, all of one moment. */
export interface Routes extends Paths {
  /** Whether servers and operators have a listener of their own, so that what is theirs is served nowhere else. */
  readonly isSplit: boolean;
  readonly trustedProxies: NetworkSet;
  /** Makes up an id for a request that has none. */
  readonly newRequestId: () => string;
  readonly endpoints: Endpoints;
  /** Why the gateway cannot serve clients at the moment; empty if it can. */
  readonly unreadyReasons: () => readonly string[];
  /** Why the gateway serves clients by what it knows alone, if it does. */
  readonly degradedReason: () => string | undefined;
  /** Says who it is that asks for the metrics; throws RpcErrors. */
  readonly authenticateInternal: InternalAuthenticator;
  /** Gives the metrics. */
  readonly scrape: () => Promise<TextPage>;
  /** Absent where it is switched off. */
  readonly dashboard: DashboardRoutes | undefined;
  /** Throws if too many have come from the caller's address whose credentials were no good. */
  readonly checkAddress: (audience: Audience, caller: Caller) => void;
  /** Told of a caller whose credentials were no good. */
  readonly noteFailure: (audience: Audience, caller: Caller) => void;
  /** Gives milliseconds that only run forward. */
  readonly now: () => number;
  /** Told of requests that hold calls when they were answered, with the HTTP status and how long that took. */
  readonly onAnswered: (audience: Audience, status: number, durationMs: number) => void;
  /** Told of the length of each body that is read. */
  readonly onBody: (length: number) => void;
  /** Told of errors that end a request before any call of it began. */
  readonly onRefused: (error: RpcError, audience: Audience, caller: Caller) => void;
}

/** Answers an HTTP request that came on the listener for everybody, or on that of servers and operators; never throws. */
export function route(
  request: Request,
  peer: Peer,
  routes: Routes,
  listener: Audience,
  line?: KnownLine,
): Promise<Response> {
  if (line === "POST /" && listener === "public") return answerClient(request, peer, routes.defaultPool, routes);
  return findAndAnswer(request, peer, routes, listener);
}

function answerClient(request: Request, peer: Peer, pool: string, routes: Routes): Promise<Response> {
  return answerCalls(request, toCaller(request, peer, routes), "public", routes.endpoints.public, pool, routes);
}

/** Answers whatever the request asks for. */
async function findAndAnswer(request: Request, peer: Peer, routes: Routes, listener: Audience): Promise<Response> {
  const target = findTarget(request.url, routes);
  if (target === undefined || !isServedOn(listener, target, routes))
    return toResponse(toErrorReply(new RpcError("notFound")), listener);
  if ("probe" in target) return answerProbe(request, target.probe, routes);
  if ("page" in target) return answerOperator(request, peer, target.page, routes);
  const { audience, pool } = target;
  if (request.method === "POST") {
    if (audience === "public") return answerClient(request, peer, pool, routes);
    return answerCalls(request, toCaller(request, peer, routes), audience, routes.endpoints.internal, pool, routes);
  }
  if (audience === "internal") return refuseMethod("internal", "POST");
  return request.method === "OPTIONS" ? toPreflightResponse() : refuseMethod("public", "POST, OPTIONS");
}

/** Answers a request on the metrics' own listener, which asks for no credentials; never throws. */
export async function routeMetrics(request: Request, routes: Routes): Promise<Response> {
  const target = findTarget(request.url, routes);
  if (target && "probe" in target) return answerProbe(request, target.probe, routes);
  if (target === undefined || !("page" in target) || target.page !== "metrics")
    return toResponse(toErrorReply(new RpcError("notFound")), "internal");
  return request.method === "GET" || request.method === "HEAD"
    ? toTextResponse(await routes.scrape())
    : refuseMethod("internal", "GET, HEAD");
}

/** Every listener answers the probes. */
function isServedOn(listener: Audience, target: Target, { isSplit }: Routes): boolean {
  if ("probe" in target) return true;
  const audience = "page" in target ? "internal" : target.audience;
  return audience === listener || (audience === "internal" && !isSplit);
}

async function answerCalls<P>(
  request: Request,
  caller: Caller,
  audience: Audience,
  endpoint: RpcEndpoint<P>,
  pool: string,
  routes: Routes,
): Promise<Response> {
  // Not in the parameters: those of an async function that are patterns have it make one scope more, for each request.
  const { authenticate, answer, maxBodyBytes } = endpoint;
  const startedAt = routes.now();
  let response: Response;
  try {
    routes.checkAddress(audience, caller);
    if (audience === "internal") refuseCrossSite(request, caller);
    const principal = await authenticate(caller);
    if (audience === "internal") requireJson(request);
    const bytes = await readBody(request, maxBodyBytes);
    const body = parseBody(bytes, audience === "public" ? PUBLIC_BOUNDS : undefined, routes.onBody);
    response = toResponse(await answer(body, principal, caller, pool), audience);
  } catch (thrown) {
    const error = toRpcError(thrown);
    if (error.error === "unauthorized") routes.noteFailure(audience, caller);
    routes.onRefused(error, audience, caller);
    response = toResponse(toErrorReply(error), audience);
  }
  response.headers.set("X-Request-Id", caller.requestId);
  routes.onAnswered(audience, response.status, routes.now() - startedAt);
  return response;
}

async function answerOperator(request: Request, peer: Peer, page: Page, routes: Routes): Promise<Response> {
  const methods = page === "feed" ? ["GET"] : ["GET", "HEAD"];
  if (!methods.includes(request.method)) return refuseMethod("internal", methods.join(", "));
  const caller = toCaller(request, peer, routes);
  try {
    routes.checkAddress("internal", caller);
    if (page !== "dashboard" || !isNavigation(request)) refuseCrossSite(request, caller);
    const principal = routes.authenticateInternal(caller);
    if (principal.role !== "operator") throw new RpcError("forbidden");
    if (page === "metrics") return toTextResponse(await routes.scrape());
    if (!routes.dashboard) throw new RpcError("notFound");
    return page === "feed" ? routes.dashboard.feed({ principal, caller, peer }) : await routes.dashboard.page(request);
  } catch (thrown) {
    const error = toRpcError(thrown);
    // Browsers ask without credentials first, to learn that they have to ask for some.
    const isSignIn = page !== "metrics" && error.error === "unauthorized" && caller.authorization === null;
    if (error.error === "unauthorized" && !isSignIn) routes.noteFailure("internal", caller);
    if (!isSignIn) routes.onRefused(error, "internal", caller);
    return toResponse(toErrorReply(error), "internal");
  }
}

function answerProbe({ method }: Request, probe: "livez" | "readyz", routes: Routes): Response {
  if (method !== "GET" && method !== "HEAD") return refuseMethod("internal", "GET, HEAD");
  if (probe === "livez") return toProbeResponse(true, { alive: true });
  const reasons = routes.unreadyReasons();
  const degraded = routes.degradedReason();
  const ready = reasons.length === 0;
  return toProbeResponse(ready, { ready, reasons, ...(degraded !== undefined && { degraded }) });
}

function refuseMethod(audience: Audience, allow: string): Response {
  const error = new RpcError("methodNotAllowed", { message: `this HTTP method is not allowed here, use ${allow}` });
  return toResponse(toErrorReply(error), audience, { Allow: allow });
}

/** Pages of other sites cannot use the credentials, or the place in the network, of a browser that shows them. */
function refuseCrossSite({ headers }: Request, { host }: Caller): void {
  const origin = headers.get("origin");
  const site = headers.get("sec-fetch-site");
  if (origin !== null && (!URL.canParse(origin) || new URL(origin).host !== host)) throw new RpcError("crossSite");
  if (site !== null && site !== "same-origin" && site !== "none") throw new RpcError("crossSite");
}

/**
 * Says whether a browser goes to the address by itself, as by a link: the page it gets there does nothing by being shown, and
 * no other page can read or frame it.
 */
function isNavigation({ headers }: Request): boolean {
  return headers.get("sec-fetch-mode") === "navigate" && headers.get("sec-fetch-dest") === "document";
}

function requireJson({ headers }: Request): void {
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  if (type.trim().toLowerCase() !== "application/json") throw new RpcError("unsupportedMediaType");
}
