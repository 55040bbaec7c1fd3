import type { ResolvedConfig } from "../config/load.ts";
import type { Fetch, HttpServer } from "../http/server.ts";
import type { Logger } from "../log.ts";
import { listen } from "./listen.ts";

/** The listener in use, and those that have given way to it and still end. Disposing of it cuts what nobody asked to end. */
export interface Listeners extends AsyncDisposable {
  /** Where to reach the one in use. */
  readonly url: () => string;
  /**
   * Opens the listener that a config asks for, if it is another one; throws a CommandError if it cannot. The function that
   * it gives has the old one give way.
   */
  readonly prepare: (config: ResolvedConfig) => () => void;
  /** Has all give way, and settles when the last request was answered, or `deadlineMs` have passed. */
  readonly retire: (deadlineMs: number) => Promise<void>;
  /** Takes no more connections, and settles when the last request was answered, or `deadlineMs` have passed. */
  readonly stop: (deadlineMs: number) => Promise<void>;
}

/**
 * Opens the listener of a config, beside that of another process if it `replaces` it. Where it `isShared`, other workers listen
 * on the same addresses, at any time.
 */
export function createListeners(options: {
  config: ResolvedConfig;
  fetch: Fetch;
  log: Logger;
  replaces: boolean;
  isShared?: boolean;
}): Listeners {
  const { fetch, log, isShared = false } = options;
  const retiring = new Set<Promise<void>>();
  let isEnding = false;
  let address = options.config.listen;
  let server = listen(fetch, address, log, options.replaces || isShared);
  log.info("listening", { url: server.url, config: options.config.source });

  /** The new listener may have the place of the old one, or the port that the system chose for it. */
  function openBeside(next: ResolvedConfig["listen"]): HttpServer {
    const port = Number(new URL(server.url).port);
    const isSamePort = next.port === address.port || next.port === port;
    return isSamePort ? listen(fetch, { ...next, port }, log, true) : listen(fetch, next, log, isShared);
  }

  async function end(ended: Promise<void>): Promise<void> {
    isEnding = true;
    await Promise.all([ended, ...retiring]);
  }

  return {
    url: () => server.url,
    prepare({ listen: next, drainTimeout }) {
      if (isEnding) throw new Error("the listeners are being closed");
      if (Bun.deepEquals(next, address)) return () => {};
      const opened = openBeside(next);
      return () => {
        log.info("listening", { url: opened.url });
        const retired = server.retire(drainTimeout * 1000).finally(() => retiring.delete(retired));
        retiring.add(retired);
        server = opened;
        address = next;
      };
    },
    retire: (deadlineMs) => end(server.retire(deadlineMs)),
    stop: (deadlineMs) => end(server.stop(deadlineMs)),
    async [Symbol.asyncDispose]() {
      if (!isEnding) await end(server.stop(0));
    },
  };
}
