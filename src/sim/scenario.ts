import type { Clock, Random } from "../clock.ts";
import { type Crowd, createCrowd } from "./crowd.ts";
import type { TokenSigner } from "./room-token.ts";
import { createRpcClient, type Fetch } from "./rpc-client.ts";
import { createSimServer, type SimServer, type SimServerOptions } from "./sim-server.ts";

/** Servers and players that keep a gateway busy, until disposed. */
export interface Scenario extends AsyncDisposable {
  readonly servers: readonly SimServer[];
  /** The players of each customer, in the order in which they were given. */
  readonly crowds: readonly Crowd[];
  /** Has a server die with everybody on it; its `start` brings it back, empty. */
  readonly kill: (server: SimServer) => void;
  readonly stats: () => ScenarioStats;
}

/** What has happened so far, and what is there now. */
export interface ScenarioStats {
  readonly rooms: number;
  readonly peers: number;
  /** Players who are on their way in. */
  readonly arriving: number;
  readonly minLoad: number;
  readonly maxLoad: number;
  /** Connects that led onto a server. */
  readonly joins: number;
  /** Connects that the gateway answered with an error. */
  readonly refused: number;
  /** Room tokens that the server did not accept, or whose server is down or none of ours. */
  readonly lost: number;
  /** Message of the last error, if there was one. */
  readonly lastError: string | undefined;
}

/** Players of one customer. */
export interface Players {
  /** What the names of players begin with. */
  readonly name: string;
  /** Players that are there at a time, once all have come. */
  readonly players: number;
  readonly signToken: TokenSigner;
}

/** What a scenario is made of. */
export interface ScenarioOptions {
  /** The gateway's public API; servers attach at `internal` below it, or below `serversUrl` if that is another address. */
  readonly url: string;
  readonly serversUrl?: string | undefined;
  readonly servers: number;
  readonly crowds: readonly Players[];
  /** What is special about each server, by its number from 0. */
  readonly traits?: (index: number) => Pick<SimServerOptions, "version" | "config" | "capacity">;
  /** `name:password` of a user of `/internal`, if it wants one. */
  readonly user?: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly fetch?: Fetch | undefined;
  /** Mean time for which a player stays. */
  readonly meanStayMs?: number;
}

const MEAN_STAY_MS = 20_000;
const TICK_MS = 100;

/** Starts servers, then players who come, join rooms of a few people, stay for a while and go. */
export async function startScenario(options: ScenarioOptions): Promise<Scenario> {
  const { url, serversUrl = url, user, clock, random, fetch, meanStayMs = MEAN_STAY_MS, traits = () => ({}) } = options;
  const [base, serversBase] = [toBase(url), toBase(serversUrl)];
  let lastError: string | undefined;
  const onError = (error: unknown): void => {
    lastError = error instanceof Error ? error.message : String(error);
  };

  const call = createRpcClient({ url: toInternalUrl(serversBase, user), fetch });
  const servers = Array.from({ length: options.servers }, (_, index) =>
    createSimServer({ endpoint: `sfu${index + 1}.sim:4433`, call, clock, random, onError, ...traits(index) }),
  );
  await Promise.all(servers.map((server) => server.start()));
  const byEndpoint = new Map(servers.map((server) => [server.endpoint, server]));
  const findServer = (endpoint: string) => byEndpoint.get(endpoint);
  const crowds = options.crowds.map((players) =>
    createCrowd({ ...players, url: base.href, findServer, clock, random, fetch, meanStayMs, onError }),
  );
  const timer = clock.every(TICK_MS, () => {
    for (const crowd of crowds) crowd.tick();
  });

  return {
    servers,
    crowds,
    kill(server) {
      server.stop();
      for (const crowd of crowds) crowd.loseServer(server.endpoint);
    },
    stats() {
      const loads = servers.map((server) => server.load());
      const seen = crowds.map((crowd) => crowd.stats());
      const sum = (key: "arriving" | "joins" | "refused" | "lost") =>
        seen.reduce((total, each) => total + each[key], 0);
      return {
        rooms: servers.reduce((total, { rooms }) => total + rooms.all().length, 0),
        peers: servers.reduce((total, server) => total + server.peers(), 0),
        arriving: sum("arriving"),
        minLoad: Math.min(...loads),
        maxLoad: Math.max(...loads),
        joins: sum("joins"),
        refused: sum("refused"),
        lost: sum("lost"),
        lastError,
      };
    },
    async [Symbol.asyncDispose]() {
      for (const crowd of crowds) crowd.end();
      timer[Symbol.dispose]();
      for (const server of servers) server[Symbol.dispose]();
    },
  };
}

function toBase(url: string): URL {
  return new URL(url.endsWith("/") ? url : `${url}/`);
}

/** Where servers attach and operators call, as that user if there is one. */
export function toInternalUrl(base: string | URL, user: string | undefined): string {
  const url = new URL("internal", base);
  if (user !== undefined) {
    const colon = user.indexOf(":");
    url.username = encodeURIComponent(user.slice(0, colon));
    url.password = encodeURIComponent(user.slice(colon + 1));
  }
  return url.href;
}
