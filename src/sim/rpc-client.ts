/** How requests reach the gateway: over a socket, or straight into its `fetch`. */
export type Fetch = (request: Request) => Promise<Response>;

/** A call that the gateway answered with an error. */
export class CallError extends Error {
  override readonly name = "CallError";
  readonly status: number;
  readonly code: number;
  readonly data: unknown;

  constructor(status: number, { code, message, data }: { code: number; message: string; data?: unknown }) {
    super(message);
    this.status = status;
    this.code = code;
    this.data = data;
  }
}

/** Calls methods of one of the gateway's APIs. */
export type RpcClient = (method: string, params?: unknown) => Promise<unknown>;

/** Creates a client for the API at `url`; credentials in the URL go into a Basic header. Calls reject with a CallError. */
export function createRpcClient(options: {
  url: string;
  authorization?: string | undefined;
  fetch?: Fetch | undefined;
}): RpcClient {
  const url = new URL(options.url);
  const basic = `Basic ${Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString("base64")}`;
  const authorization = options.authorization ?? (url.username === "" ? undefined : basic);
  url.username = "";
  url.password = "";
  const send = options.fetch ?? fetch;
  let id = 0;

  return async (method, params = {}) => {
    const response = await send(
      new Request(url.href, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          ...(authorization !== undefined && { Authorization: authorization }),
        },
        body: JSON.stringify({ jsonrpc: "2.0", id: ++id, method, params }),
      }),
    );
    const answer: unknown = await response.json();
    if (typeof answer !== "object" || answer === null)
      throw new TypeError(`the gateway answered ${method} with no object`);
    if ("error" in answer)
      throw new CallError(response.status, answer.error as ConstructorParameters<typeof CallError>[1]);
    return "result" in answer ? answer.result : undefined;
  };
}
