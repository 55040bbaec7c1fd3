import type { Peer } from "./caller.ts";
import { toFailureResponse } from "./respond.ts";

/** An open listener; disposing of it is stopping it with a deadline of a second. */
export interface HttpServer extends AsyncDisposable {
  /** Address to reach it at, with the port that it really has. */
  readonly url: string;
  /**
   * Gives way to another listener, maybe of the same address: has clients close their connections with the next reply,
   * for a moment takes those that still come, then stops as `stop` does.
   */
  readonly retire: (deadlineMs: number) => Promise<void>;
  /** Takes no more connections, lets requests in flight finish for up to `deadlineMs`, then cuts what is left. */
  readonly stop: (deadlineMs: number) => Promise<void>;
}

/**
 * Answers an HTTP request that came from a peer, whose address is there as long as the connection is; never throws. `line` is
 * there where the runtime has seen already what the request asks for, which spares asking the request itself.
 */
export type Fetch = (request: Request, peer: Peer, line?: KnownLine) => Promise<Response>;

/** Method and path of what almost all clients ask for, whatever host stands before it and query behind. */
export type KnownLine = "POST /";

/** A certificate and its key, both PEM. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/** Seconds after which a connection without a request is closed; longer than servers wait between two reports. */
const IDLE_TIMEOUT_SEC = 75;

const DISPOSE_DEADLINE_MS = 1_000;

/** Above any limit of ours, so that it is our handler which refuses a body, with a message, and not the runtime. */
const MAX_BODY_BYTES = 2 ** 40;

/** How long connections may still come to a listener that gives way: those that were under way when the next one opened. */
const RETIRE_MS = 300;

/**
 * Opens a listener; throws if the port is taken or the TLS pair is no good. `onError` is told of what no handler caught.
 * `replaces` opens it beside others on the same address: one that is then to retire, or those of other workers.
 */
export function startHttpServer(options: {
  hostname: string;
  port: number;
  tls: TlsPair | undefined;
  fetch: Fetch;
  onError: (error: Error) => void;
  replaces?: boolean;
}): HttpServer {
  const { hostname, port, tls, fetch, onError, replaces = false } = options;
  let isRetiring = false;
  if (port !== 0 && !replaces) findFreePort(hostname, port);
  const server = Bun.serve({
    hostname,
    port,
    reusePort: true,
    ...(tls && { tls }),
    idleTimeout: IDLE_TIMEOUT_SEC,
    maxRequestBodySize: MAX_BODY_BYTES,
    // Almost all requests go this way, so it makes nothing that it can do without.
    routes: {
      "/": { POST: (request, bun) => fetch(request, new SocketPeer(request, bun), "POST /").then(closeIfRetiring) },
    },
    fetch: (request, bun) => answer(request, bun),
    error(error) {
      onError(error);
      return toFailureResponse();
    },
  });
  async function answer(request: Request, bun: Bun.Server<undefined>): Promise<Response> {
    const response = await fetch(request, new SocketPeer(request, bun));
    // What comes behind a refused CONNECT is no HTTP, and would be taken for its tunnel without end.
    if (request.method === "CONNECT") response.headers.set("Connection", "close");
    return closeIfRetiring(response);
  }
  function closeIfRetiring(response: Response): Response {
    if (isRetiring) response.headers.set("Connection", "close");
    return response;
  }
  async function stop(deadlineMs: number): Promise<void> {
    isRetiring = true;
    const timer = setTimeout(() => void server.stop(true), deadlineMs);
    await server.stop();
    clearTimeout(timer);
  }
  async function retire(deadlineMs: number): Promise<void> {
    isRetiring = true;
    await Bun.sleep(RETIRE_MS);
    await stop(deadlineMs);
  }
  return { url: server.url.href, retire, stop, [Symbol.asyncDispose]: () => stop(DISPOSE_DEADLINE_MS) };
}

/** The other end of a request's socket, looked up when it is first asked for: most requests are answered without. */
class SocketPeer implements Peer {
  readonly #request: Request;
  readonly #server: Bun.Server<undefined>;
  #found: { readonly address: string; readonly port: number } | undefined;

  constructor(request: Request, server: Bun.Server<undefined>) {
    this.#request = request;
    this.#server = server;
  }

  get address(): string {
    return this.#find().address;
  }

  get port(): number {
    return this.#find().port;
  }

  setIdleTimeout(seconds: number): void {
    this.#server.timeout(this.#request, seconds);
  }

  #find(): { readonly address: string; readonly port: number } {
    this.#found ??= this.#server.requestIP(this.#request) ?? { address: "", port: 0 };
    return this.#found;
  }
}

/**
 * Gives a port on which nobody listens: this one, or any if it is 0; throws if somebody does. Two processes that share a
 * port by mistake would each get half of the clients.
 */
export function findFreePort(hostname: string, port: number): number {
  const server = Bun.serve({ hostname, port, fetch: () => new Response() });
  const found = server.port ?? port;
  void server.stop(true);
  return found;
}
