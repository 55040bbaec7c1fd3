import { type Fetch, type HttpServer, startHttpServer } from "../../src/http/server.ts";

/** Listens on any port of this machine. What no handler caught is thrown where nobody catches it, if `onError` is not told. */
export function listenOn(fetch: Fetch, onError: (error: Error) => void = toss): HttpServer {
  return startHttpServer({ hostname: "127.0.0.1", port: 0, tls: undefined, fetch, onError });
}

function toss(error: Error): never {
  throw error;
}
