/**
 * Every error a peer can be told of: JSON-RPC code, HTTP status of a reply that holds nothing else, and default message.
 * Source: docs/protocol.md, "Errors"; JSON-RPC 2.0 section 5.1 for the codes from -32700 to -32600.
 */
const ERRORS = {
  parse: { code: -32700, status: 400, message: "the body is not JSON" },
  invalidRequest: { code: -32600, status: 200, message: "not a JSON-RPC 2.0 request" },
  unknownMethod: { code: -32601, status: 200, message: "unknown method" },
  invalidParams: { code: -32602, status: 200, message: "invalid params" },
  internal: { code: -32603, status: 500, message: "internal error" },
  unauthorized: { code: -32001, status: 401, message: "unauthorized" },
  forbidden: { code: -32002, status: 403, message: "not allowed" },
  crossSite: { code: -32003, status: 403, message: "cross-site requests are refused" },
  notFound: { code: -32004, status: 404, message: "nothing is served at this path" },
  methodNotAllowed: { code: -32005, status: 405, message: "this HTTP method is not allowed here" },
  unsupportedMediaType: { code: -32006, status: 415, message: "the Content-Type must be application/json" },
  peerLimit: { code: -32010, status: 200, message: "peer limit exceeded" },
  roomLimit: { code: -32011, status: 200, message: "room limit exceeded" },
  noServer: { code: -32012, status: 200, message: "no server available" },
  roomClosed: { code: -32013, status: 200, message: "room is closed" },
  userBanned: { code: -32014, status: 200, message: "user is banned" },
  roomNotHosted: { code: -32015, status: 200, message: "no server for room found" },
  queueFull: { code: -32016, status: 200, message: "task queue full" },
  roomOutsideToken: { code: -32017, status: 200, message: "the room is outside of the token" },
  banLimit: { code: -32018, status: 200, message: "ban limit exceeded" },
  notKept: { code: -32019, status: 200, message: "this could not be kept" },
  serverUnknown: { code: -32020, status: 200, message: "no such server" },
  serverReports: { code: -32021, status: 200, message: "the server still reports" },
  namespaceUnknown: { code: -32022, status: 200, message: "no customer has this namespace" },
  banUnknown: { code: -32023, status: 200, message: "no such ban" },
  customerUnknown: { code: -32024, status: 200, message: "no such customer" },
  poolUnknown: { code: -32025, status: 200, message: "no such pool" },
  roomAmbiguous: { code: -32026, status: 200, message: "several namespaces have a room of this name" },
  tooManyRequests: { code: -32029, status: 429, message: "too many requests" },
  bodyTooLarge: { code: -32030, status: 413, message: "the body is too large" },
  unavailable: { code: -32031, status: 503, message: "the gateway is not ready" },
} as const satisfies Record<string, { code: number; status: number; message: string }>;

/** Name of a row in the table of errors. */
export type ErrorName = keyof typeof ERRORS;

/** What goes into an error's `data`; `retryAfterSec` also becomes a `Retry-After` header. */
export interface ErrorData {
  readonly retryAfterSec?: number;
  readonly issues?: readonly ParamIssue[];
  readonly untilMs?: number;
  readonly [key: string]: unknown;
}

/** One thing that is wrong with the parameters of a call. */
export interface ParamIssue {
  readonly path: string;
  readonly message: string;
}

/** An error that the peer is told of as it stands. Everything else that is thrown becomes `internal`. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly error: ErrorName;
  readonly code: number;
  readonly status: number;
  readonly data: ErrorData | undefined;

  constructor(error: ErrorName, options: { message?: string; data?: ErrorData; cause?: unknown } = {}) {
    super(options.message ?? ERRORS[error].message, { cause: options.cause });
    this.error = error;
    this.code = ERRORS[error].code;
    this.status = ERRORS[error].status;
    this.data = options.data;
  }
}

/** What a peer may know of anything thrown: an `RpcError` as it is, everything else as `internal`. */
export function toRpcError(thrown: unknown): RpcError {
  return thrown instanceof RpcError ? thrown : new RpcError("internal", { cause: thrown });
}

/** One thing that is wrong with the configuration: where, what was found, what was expected. */
export interface ConfigIssue {
  readonly path: string;
  readonly message: string;
}

/** The configuration cannot be used; holds every reason at once. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly source: string;
  readonly issues: readonly ConfigIssue[];

  constructor(source: string, issues: readonly ConfigIssue[]) {
    super([`${source}:`, ...issues.map(({ path, message }) => `  ${path ? `${path}: ` : ""}${message}`)].join("\n"));
    this.source = source;
    this.issues = issues;
  }
}
