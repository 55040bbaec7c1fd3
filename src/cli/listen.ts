import type { ListenAddress, ResolvedConfig } from "../config/load.ts";
import { type Fetch, findFreePort, type HttpServer, startHttpServer } from "../http/server.ts";
import { checkTlsPair } from "../http/tls.ts";
import type { Logger } from "../log.ts";
import { CommandError, EXIT } from "./io.ts";

/** Opens a listener, beside one of the same address if it `replaces` that; throws a CommandError that says why it cannot. */
export function listen(fetch: Fetch, address: ListenAddress, log: Logger, replaces = false): HttpServer {
  const onError = (error: Error) => log.error("a request failed", { error });
  return reportFailure(address, () => startHttpServer({ ...address, fetch, onError, replaces }));
}

/** The port of an address, or one that is free if it may be any; throws a CommandError if somebody listens there. */
export function findPort(address: ListenAddress): number {
  return reportFailure(address, () => findFreePort(address.hostname, address.port));
}

/** Throws a ConfigError unless the TLS pairs of a config, if it has any, are good at `wallMs` (epoch milliseconds). */
export function checkTlsPairs({ listen, internal, internalListen, source }: ResolvedConfig, wallMs: number): void {
  if (listen.tls) checkTlsPair(listen.tls, source, wallMs);
  if (internal.listen?.certFile !== undefined && internalListen?.tls)
    checkTlsPair(internalListen.tls, source, wallMs, "internal.listen");
}

function reportFailure<T>({ hostname, port }: ListenAddress, open: () => T): T {
  try {
    return open();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(EXIT.unavailable, `cannot listen on ${hostname}:${port}: ${reason}`);
  }
}
