import { RpcError } from "../errors.ts";
import type { RpcReply } from "../rpc/dispatch.ts";
import { toErrorResponse } from "../rpc/message.ts";

/** Who may read a reply, and how callers have to prove who they are. */
export type Audience = "public" | "internal";

const COMMON_HEADERS = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };

/** Browsers call the public API from any page, and have to be able to read its errors too. */
const CORS_HEADERS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "Retry-After, X-Request-Id",
};

/** What every reply says. A response takes a copy, which is cheaper than to put the same headers together each time. */
const REPLY_HEADERS: Readonly<Record<Audience, Headers>> = {
  public: new Headers({ ...COMMON_HEADERS, ...CORS_HEADERS }),
  internal: new Headers(COMMON_HEADERS),
};

const PREFLIGHT_HEADERS = {
  ...CORS_HEADERS,
  "Access-Control-Allow-Methods": "POST",
  "Access-Control-Allow-Headers": "Authorization, Content-Type",
  "Access-Control-Max-Age": "86400",
};

const CHALLENGES: Readonly<Record<Audience, string>> = {
  public: 'Bearer realm="odin-gateway"',
  internal: 'Basic realm="odin-gateway", charset="UTF-8"',
};

/** The reply to an error that no call had: id null. */
export function toErrorReply(error: RpcError): RpcReply {
  return { status: error.status, body: toErrorResponse(null, error), error };
}

/** The only place where an HTTP response is made of a JSON-RPC reply. */
export function toResponse(
  { status, body, error }: RpcReply,
  audience: Audience,
  extra?: Readonly<Record<string, string>>,
): Response {
  const init = { status, headers: REPLY_HEADERS[audience] };
  const response = body === undefined ? new Response(null, init) : Response.json(body, init);
  const { headers } = response;
  if (extra) for (const [name, value] of Object.entries(extra)) headers.set(name, value);
  if (status === 401) headers.set("WWW-Authenticate", CHALLENGES[audience]);
  const retryAfterSec = error?.data?.retryAfterSec;
  if ((status === 429 || status === 503) && retryAfterSec !== undefined)
    headers.set("Retry-After", String(retryAfterSec));
  // The rest of a body that was refused is still on its way: the connection cannot be used again.
  if (status === 413) headers.set("Connection", "close");
  return response;
}

/** The answer to a browser that asks whether it may call the public API. */
export function toPreflightResponse(): Response {
  return new Response(null, { status: 204, headers: { ...COMMON_HEADERS, ...PREFLIGHT_HEADERS } });
}

/** An answer to a probe. */
export function toProbeResponse(isGood: boolean, body: object): Response {
  return Response.json(body, { status: isGood ? 200 : 503, headers: COMMON_HEADERS });
}

/** A page of text for machines. */
export function toTextResponse({ contentType, text }: { contentType: string; text: string }): Response {
  return new Response(text, { headers: { ...COMMON_HEADERS, "Content-Type": contentType } });
}

/** The last resort, for what went wrong outside of any handler. */
export function toFailureResponse(): Response {
  return toResponse(toErrorReply(new RpcError("internal")), "public");
}
