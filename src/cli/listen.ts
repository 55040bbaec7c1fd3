import type { ResolvedConfig } from "../config/load.ts";
import { type Fetch, type HttpServer, startHttpServer } from "../http/server.ts";
import type { Logger } from "../log.ts";
import { CommandError, EXIT } from "./io.ts";

/** Opens a listener, beside one of the same address if it `replaces` that; throws a CommandError that says why it cannot. */
export function listen(fetch: Fetch, address: ResolvedConfig["listen"], log: Logger, replaces = false): HttpServer {
  const onError = (error: Error) => log.error("a request failed", { error });
  try {
    return startHttpServer({ ...address, fetch, onError, replaces });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(EXIT.unavailable, `cannot listen on ${address.hostname}:${address.port}: ${reason}`);
  }
}
