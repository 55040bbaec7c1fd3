import type { ResolvedConfig } from "../config/load.ts";
import { type Fetch, findFreePort, type HttpServer, startHttpServer } from "../http/server.ts";
import type { Logger } from "../log.ts";
import { CommandError, EXIT } from "./io.ts";

type Address = ResolvedConfig["listen"];

/** Opens a listener, beside one of the same address if it `replaces` that; throws a CommandError that says why it cannot. */
export function listen(fetch: Fetch, address: Address, log: Logger, replaces = false): HttpServer {
  const onError = (error: Error) => log.error("a request failed", { error });
  return reportFailure(address, () => startHttpServer({ ...address, fetch, onError, replaces }));
}

/** The port of an address, or one that is free if it may be any; throws a CommandError if somebody listens there. */
export function findPort(address: Address): number {
  return reportFailure(address, () => findFreePort(address.hostname, address.port));
}

function reportFailure<T>({ hostname, port }: Address, open: () => T): T {
  try {
    return open();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(EXIT.unavailable, `cannot listen on ${hostname}:${port}: ${reason}`);
  }
}
