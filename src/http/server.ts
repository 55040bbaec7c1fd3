import type { Peer } from "./caller.ts";
import { toFailureResponse } from "./respond.ts";

/** An open listener; disposing of it is stopping it with a deadline of a second. */
export interface HttpServer extends AsyncDisposable {
  /** Address to reach it at, with the port that it really has. */
  readonly url: string;
  /** Takes no more connections, lets requests in flight finish for up to `deadlineMs`, then cuts what is left. */
  readonly stop: (deadlineMs: number) => Promise<void>;
}

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

/** Opens a listener; throws if the port is taken or the TLS pair is no good. `onError` is told of what no handler caught. */
export function startHttpServer(options: {
  hostname: string;
  port: number;
  tls: TlsPair | undefined;
  fetch: (request: Request, peer: Peer) => Promise<Response>;
  onError: (error: Error) => void;
}): HttpServer {
  const { hostname, port, tls, fetch, onError } = options;
  const server = Bun.serve({
    hostname,
    port,
    ...(tls && { tls }),
    idleTimeout: IDLE_TIMEOUT_SEC,
    maxRequestBodySize: MAX_BODY_BYTES,
    fetch: (request, bun) => fetch(request, bun.requestIP(request) ?? { address: "", port: 0 }),
    error(error) {
      onError(error);
      return toFailureResponse();
    },
  });
  async function stop(deadlineMs: number): Promise<void> {
    const timer = setTimeout(() => void server.stop(true), deadlineMs);
    await server.stop();
    clearTimeout(timer);
  }
  return { url: server.url.href, stop, [Symbol.asyncDispose]: () => stop(DISPOSE_DEADLINE_MS) };
}
