import type { Clock, Random } from "../clock.ts";
import { drawExponential } from "./random.ts";
import type { TokenSigner } from "./room-token.ts";
import { CallError, createRpcClient, type Fetch } from "./rpc-client.ts";
import { createSimServer, type SimServer } from "./sim-server.ts";

/** Servers and players that keep a gateway busy, until disposed. */
export interface Scenario extends AsyncDisposable {
  readonly servers: readonly SimServer[];
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
  /** Room tokens that the server did not accept, or whose server is none of ours. */
  readonly lost: number;
  /** Message of the last error, if there was one. */
  readonly lastError: string | undefined;
}

/** What a scenario is made of. */
export interface ScenarioOptions {
  /** The gateway's public API; servers attach at `internal` below it. */
  readonly url: string;
  readonly servers: number;
  /** Players that are there at a time, once all have come. */
  readonly players: number;
  readonly signToken: TokenSigner;
  /** `name:password` of a user of `/internal`, if it wants one. */
  readonly user?: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly fetch?: Fetch | undefined;
  /** Mean time for which a player stays. */
  readonly meanStayMs?: number;
}

const PLAYERS_PER_ROOM = 6;
const MEAN_STAY_MS = 20_000;
const TICK_MS = 100;
/** Ticks within which all players come. */
const RAMP_TICKS = 30;

/** Starts servers, then players who come, join rooms of a few people, stay for a while and go. */
export async function startScenario(options: ScenarioOptions): Promise<Scenario> {
  const { url, players, signToken, user, clock, random, fetch, meanStayMs = MEAN_STAY_MS } = options;
  const base = new URL(url.endsWith("/") ? url : `${url}/`);
  const internalUrl = new URL("internal", base);
  if (user !== undefined) {
    const colon = user.indexOf(":");
    internalUrl.username = encodeURIComponent(user.slice(0, colon));
    internalUrl.password = encodeURIComponent(user.slice(colon + 1));
  }
  let joins = 0;
  let refused = 0;
  let lost = 0;
  let lastError: string | undefined;
  let present = 0;
  let arrivals = 0;
  let isOver = false;
  const departures = new Set<{ readonly at: number; readonly leave: () => void }>();
  const note = (error: unknown): void => {
    lastError = error instanceof Error ? error.message : String(error);
  };

  const servers = Array.from({ length: options.servers }, (_, index) =>
    createSimServer({
      endpoint: `sfu${index + 1}.sim:4433`,
      call: createRpcClient({ url: internalUrl.href, fetch }),
      clock,
      random,
      onError: note,
    }),
  );
  await Promise.all(servers.map((server) => server.start()));
  const byEndpoint = new Map(servers.map((server) => [server.endpoint, server]));

  async function play(): Promise<void> {
    present++;
    const player = `player-${++arrivals}`;
    const room = `room-${Math.floor(random() * Math.max(1, players / PLAYERS_PER_ROOM))}`;
    try {
      const token = await signToken({ room, user: player, nowMs: clock.wall() });
      const connect = createRpcClient({ url: base.href, authorization: `Bearer ${token}`, fetch });
      const { address, token: roomToken } = (await connect("Connect")) as { address: string; token: string };
      if (isOver) return;
      await stay(address, roomToken);
      joins++;
    } catch (error) {
      note(error);
      present--;
      if (error instanceof CallError) refused++;
      else lost++;
    }
  }

  async function stay(address: string, roomToken: string): Promise<void> {
    const server = byEndpoint.get(address);
    if (!server) throw new Error(`${address} is no server of this simulation`);
    const departure = {
      at: clock.now() + drawExponential(random, meanStayMs),
      leave() {
        if (departures.delete(departure)) present--;
        server.leave(peers);
      },
    };
    const peers = await server.join(roomToken, () => departure.leave());
    departures.add(departure);
  }

  const arrivalsPerTick = Math.max(1, Math.ceil(players / RAMP_TICKS));
  const timer = clock.every(TICK_MS, () => {
    for (const departure of [...departures]) if (departure.at <= clock.now()) departure.leave();
    for (let come = Math.min(arrivalsPerTick, players - present); come > 0; come--) void play();
  });

  return {
    servers,
    stats() {
      const loads = servers.map((server) => server.load());
      return {
        rooms: servers.reduce((sum, { rooms }) => sum + rooms.all().length, 0),
        peers: servers.reduce((sum, server) => sum + server.peers(), 0),
        arriving: present - departures.size,
        minLoad: Math.min(...loads),
        maxLoad: Math.max(...loads),
        joins,
        refused,
        lost,
        lastError,
      };
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      timer[Symbol.dispose]();
      for (const server of servers) server[Symbol.dispose]();
    },
  };
}
