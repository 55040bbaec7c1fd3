import { RpcError } from "../errors.ts";

/** Id of a request, echoed as it came. */
export type RequestId = string | number | null;

/** A call; `id` is undefined for a notification, which gets no answer. */
export interface RpcRequest {
  readonly method: string;
  readonly params: unknown;
  readonly id: RequestId | undefined;
}

/** An answer (JSON-RPC 2.0, section 5). */
export type RpcResponse =
  | { readonly jsonrpc: "2.0"; readonly id: RequestId; readonly result: unknown }
  | {
      readonly jsonrpc: "2.0";
      readonly id: RequestId;
      readonly error: { code: number; message: string; data?: unknown };
    };

/** Reads one request; throws `invalidRequest` that says which member is wrong (JSON-RPC 2.0, section 4). */
export function parseRequest(value: unknown): RpcRequest {
  if (!isObject(value)) throw invalidRequest("a request must be an object");
  const { jsonrpc, method, params, id } = value;
  if (jsonrpc !== "2.0") throw invalidRequest('jsonrpc must be "2.0"');
  if (typeof method !== "string") throw invalidRequest("method must be a string");
  if (id !== undefined && !isLegalId(id))
    throw invalidRequest("id must be a string, null or a number within ±(2^53 − 1)");
  if (params !== undefined && !isObject(params) && !Array.isArray(params))
    throw invalidRequest("params must be an object");
  return { method, params: params ?? {}, id };
}

/** The id to answer to a request that may be broken: its own if it has a legal one, else null. */
export function readId(value: unknown): RequestId {
  return isObject(value) && isLegalId(value.id) ? value.id : null;
}

/** The answer for a call that failed. */
export function toErrorResponse(id: RequestId, { code, message, data }: RpcError): RpcResponse {
  return { jsonrpc: "2.0", id, error: data === undefined ? { code, message } : { code, message, data } };
}

function isLegalId(id: unknown): id is RequestId {
  if (typeof id === "number") return Number.isInteger(id) ? Number.isSafeInteger(id) : Number.isFinite(id);
  return typeof id === "string" || id === null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalidRequest(reason: string): RpcError {
  return new RpcError("invalidRequest", { message: `not a JSON-RPC 2.0 request: ${reason}` });
}
