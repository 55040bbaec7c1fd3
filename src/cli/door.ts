import type { Fetch } from "../http/server.ts";

/** Where requests wait that come before there is anybody to answer them. */
export interface Door {
  readonly fetch: Fetch;
  /** Lets those in who wait, and all others. */
  readonly open: (fetch: Fetch) => void;
}

/** Creates a closed door. */
export function createDoor(): Door {
  const { promise: opened, resolve } = Promise.withResolvers<void>();
  let behind: Fetch | undefined;
  const fetch: Fetch = async (request, peer, line) => {
    if (!behind) await opened;
    return behind ? behind(request, peer, line) : new Response(null, { status: 503 });
  };
  return {
    fetch: (request, peer, line) => (behind ?? fetch)(request, peer, line),
    open(next) {
      behind = next;
      resolve();
    },
  };
}
