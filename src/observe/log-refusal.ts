import type { Clock } from "../clock.ts";
import type { RpcError } from "../errors.ts";
import type { Logger } from "../log.ts";

/** Tells the log of requests that ended before any call of theirs began. */
export type RefusalLog = (
  error: RpcError,
  audience: "public" | "internal",
  caller: { readonly address: string; readonly requestId: string },
) => void;

/** A server without valid credentials tries again every few seconds: that is worth one line a minute for each address. */
const REPEAT_MS = 60_000;
const MAX_ADDRESSES = 10_000;

/** Creates the log of refusals: loud for servers, who get no clients this way, and quiet for the open internet. */
export function createRefusalLog(log: Logger, clock: Pick<Clock, "now">): RefusalLog {
  const lastLoggedAt = new Map<string, number>();

  function isDue(address: string): boolean {
    const now = clock.now();
    if (now - (lastLoggedAt.get(address) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) return false;
    if (lastLoggedAt.size >= MAX_ADDRESSES) lastLoggedAt.clear();
    lastLoggedAt.set(address, now);
    return true;
  }

  return (error, audience, caller) => {
    const { requestId } = caller;
    if (error.error === "internal") {
      log.error("a request failed", { address: caller.address, requestId, error: error.cause });
    } else if (audience === "internal" && error.error === "unauthorized") {
      const { address } = caller;
      if (!isDue(address)) return;
      log.error(
        "a caller of /internal was refused, and if it is a server it gives up after 300 s: put a user into internal.users and its name and password into the server's URL, or the server's network into internal.allow",
        { address, requestId, reason: error.message },
      );
    } else if (log.isDebugEnabled()) {
      log.debug("a request was refused", { address: caller.address, requestId, audience, reason: error.message });
    }
  };
}
