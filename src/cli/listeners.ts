import type { ListenAddress, ResolvedConfig } from "../config/load.ts";
import type { Fetch, HttpServer } from "../http/server.ts";
import type { Logger } from "../log.ts";
import { CommandError, EXIT } from "./io.ts";
import { listen } from "./listen.ts";

/** The listeners in use, and those that have given way to them and still end. Disposing of it cuts what nobody asked to end. */
export interface Listeners extends AsyncDisposable {
  /** Where clients reach this gateway. */
  readonly url: () => string;
  /**
   * Opens the listeners that a config asks for, where they are others; throws a CommandError if it cannot, and has opened
   * none. The function that it gives has the old ones give way.
   */
  readonly prepare: (config: ResolvedConfig) => () => void;
  /** Has all give way, and settles when the last request was answered, or `deadlineMs` have passed. */
  readonly retire: (deadlineMs: number) => Promise<void>;
  /** Takes no more connections, and settles when the last request was answered, or `deadlineMs` have passed. */
  readonly stop: (deadlineMs: number) => Promise<void>;
}

interface Opened {
  readonly address: ListenAddress;
  readonly server: HttpServer;
}

/** The place of one listener at a time, or of none where the config asks for none. */
interface Place {
  readonly announcement: string;
  readonly fetch: Fetch;
  readonly find: (config: ResolvedConfig) => ListenAddress | undefined;
  current: Opened | undefined;
}

/**
 * Opens the listeners of a config, beside those of another process if it `replaces` it: one for everybody, and one for servers
 * and operators if the config has it so. Where they are `isShared`, other workers listen on the same addresses, at any time.
 */
export function createListeners(options: {
  config: ResolvedConfig;
  fetch: Fetch;
  fetchInternal: Fetch;
  log: Logger;
  replaces: boolean;
  isShared?: boolean;
}): Listeners {
  const { config, fetch, fetchInternal, log, replaces, isShared = false } = options;
  const everybody: Place = { announcement: "listening", fetch, find: ({ listen }) => listen, current: undefined };
  const internal: Place = {
    announcement: "listening for servers and operators",
    fetch: fetchInternal,
    find: ({ internalListen }) => internalListen,
    current: undefined,
  };
  const places = [everybody, internal];
  const retiring = new Set<Promise<void>>();
  let isEnding = false;

  /** A listener may have the place of the one before it, or the port that the system chose for that. */
  function open(place: Place, address: ListenAddress, isBeside: boolean): HttpServer {
    const { current, fetch } = place;
    const port = current && toPort(current);
    if (current && (address.port === current.address.port || address.port === port))
      return listen(fetch, { ...address, port: toPort(current) }, log, true);
    if (places.some((other) => other !== place && other.current && toPort(other.current) === address.port)) {
      const message = `cannot listen on ${address.hostname}:${address.port}: another listener of this gateway does`;
      throw new CommandError(EXIT.unavailable, message);
    }
    return listen(fetch, address, log, isBeside);
  }

  function openAll(next: ResolvedConfig, isBeside: boolean): () => void {
    const moves: { place: Place; opened: Opened | undefined }[] = [];
    try {
      for (const place of places) {
        const address = place.find(next);
        if (Bun.deepEquals(address, place.current?.address)) continue;
        moves.push({ place, opened: address && { address, server: open(place, address, isBeside) } });
      }
    } catch (error) {
      for (const { opened } of moves) void opened?.server.stop(0);
      throw error;
    }
    return () => {
      for (const { place, opened } of moves) {
        if (opened) log.info(place.announcement, { url: opened.server.url, config: next.source });
        if (place.current) giveWay(place.current.server, next.drainTimeout * 1000);
        place.current = opened;
      }
    };
  }

  function giveWay(server: HttpServer, deadlineMs: number): void {
    const retired = server.retire(deadlineMs).finally(() => retiring.delete(retired));
    retiring.add(retired);
  }

  async function end(how: (server: HttpServer) => Promise<void>): Promise<void> {
    isEnding = true;
    await Promise.all([...places.flatMap(({ current }) => (current ? how(current.server) : [])), ...retiring]);
  }

  openAll(config, replaces || isShared)();

  return {
    url: () => everybody.current?.server.url ?? "",
    prepare(next) {
      if (isEnding) throw new Error("the listeners are being closed");
      return openAll(next, isShared);
    },
    retire: (deadlineMs) => end((server) => server.retire(deadlineMs)),
    stop: (deadlineMs) => end((server) => server.stop(deadlineMs)),
    async [Symbol.asyncDispose]() {
      if (!isEnding) await end((server) => server.stop(0));
    },
  };
}

function toPort({ server }: Opened): number {
  return Number(new URL(server.url).port);
}
