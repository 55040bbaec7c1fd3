import { RpcError, toRpcError } from "../errors.ts";
import { parseRequest, type RpcResponse, readId, toErrorResponse } from "./message.ts";
import type { Api, EndedCall } from "./method.ts";

/** What goes back for a body: nothing for notifications, and the HTTP status. */
export interface RpcReply {
  readonly status: number;
  readonly body: RpcResponse | readonly RpcResponse[] | undefined;
  /** The error of a single call, for headers that go with it. */
  readonly error?: RpcError;
}

/** What goes back for one call. */
interface CallReply extends RpcReply {
  readonly body: RpcResponse | undefined;
}

const MAX_BATCH = 50;

/** The reply to whoever wants none. */
const NOTHING: CallReply = { status: 204, body: undefined };

/**
 * Answers a JSON-RPC body: one call, or a batch of at most 50, which run in order, each with its own error.
 * The HTTP status is the error's for a single call, 204 where only notifications were sent, 200 otherwise.
 * `onEnd` is told of each call, and in which context it was; `now` gives milliseconds.
 */
export function dispatch<C>(
  body: unknown,
  api: Api<C>,
  context: C,
  onEnd: (call: EndedCall, context: C) => void,
  now: () => number,
): Promise<RpcReply> {
  return Array.isArray(body) ? answerBatch(body, api, context, onEnd, now) : answer(body, api, context, onEnd, now);
}

async function answerBatch<C>(
  batch: readonly unknown[],
  api: Api<C>,
  context: C,
  onEnd: (call: EndedCall, context: C) => void,
  now: () => number,
): Promise<RpcReply> {
  const refusal = refuseBatch(batch);
  if (refusal) return { status: refusal.status, body: toErrorResponse(null, refusal), error: refusal };
  const responses: RpcResponse[] = [];
  for (const entry of batch) {
    const { body } = await answer(entry, api, context, onEnd, now);
    if (body) responses.push(body);
    // Others have their turn in between: a batch is not worth more than as many calls.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return responses.length === 0 ? NOTHING : { status: 200, body: responses };
}

function refuseBatch(batch: readonly unknown[]): RpcError | undefined {
  if (batch.length === 0)
    return new RpcError("invalidRequest", { message: "not a JSON-RPC 2.0 request: the batch is empty" });
  if (batch.length <= MAX_BATCH) return undefined;
  return new RpcError("invalidRequest", {
    message: `not a JSON-RPC 2.0 request: a batch has at most ${MAX_BATCH} entries`,
  });
}

async function answer<C>(
  entry: unknown,
  api: Api<C>,
  context: C,
  onEnd: (call: EndedCall, context: C) => void,
  now: () => number,
): Promise<CallReply> {
  const { methods, authorize } = api;
  let known: string | undefined;
  let isNotification = false;
  const startedAt = now();
  try {
    const { method: name, params, id } = parseRequest(entry);
    isNotification = id === undefined;
    const method = methods.get(name);
    if (!method)
      throw new RpcError("unknownMethod", { message: `unknown method ${JSON.stringify(name.slice(0, 64))}` });
    known = method.name;
    authorize(method.name, context);
    const result = await method.call(params, context, id !== undefined);
    onEnd({ method: method.name, outcome: "success", durationMs: now() - startedAt }, context);
    return id === undefined ? NOTHING : { status: 200, body: { jsonrpc: "2.0", id, result } };
  } catch (thrown) {
    const error = toRpcError(thrown);
    const outcome = error.error === "internal" ? "failure" : "rejected";
    const durationMs = now() - startedAt;
    onEnd({ method: known ?? "unknown", outcome, durationMs, error: error.error, cause: error.cause }, context);
    return isNotification ? NOTHING : { status: error.status, body: toErrorResponse(readId(entry), error), error };
  }
}
