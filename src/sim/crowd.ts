import type { Clock, Random } from "../clock.ts";
import { drawExponential } from "./random.ts";
import type { TokenSigner } from "./room-token.ts";
import { CallError, createRpcClient, type Fetch } from "./rpc-client.ts";
import type { SimServer } from "./sim-server.ts";

/** Players of one customer, who come, join rooms of a few people, stay for a while and go. */
export interface Crowd {
  /** Changes how many players there are at a time; those who are too many stay as long as they wanted to. */
  readonly setPlayers: (players: number) => void;
  /** Lets those go whose time is over, and others come: to be called every 100 ms. */
  readonly tick: () => void;
  /** Puts out everybody who is on that server, which is down; others will come for them. */
  readonly loseServer: (endpoint: string) => void;
  readonly stats: () => CrowdStats;
  /** Lets nobody in any more. */
  readonly end: () => void;
}

/** What a crowd has seen so far. */
export interface CrowdStats {
  /** Players who are on their way in. */
  readonly arriving: number;
  readonly joins: number;
  readonly refused: number;
  readonly lost: number;
}

/** What a crowd is made of. */
export interface CrowdOptions {
  /** The gateway's public API. */
  readonly url: string;
  readonly players: number;
  readonly signToken: TokenSigner;
  /** What the names of players begin with. */
  readonly name: string;
  readonly findServer: (endpoint: string) => SimServer | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly fetch?: Fetch | undefined;
  readonly meanStayMs: number;
  readonly onError: (error: unknown) => void;
}

interface Departure {
  readonly at: number;
  /** The server on which the player is; absent for one who was turned away. */
  readonly endpoint?: string;
  readonly leave: () => void;
}

const PLAYERS_PER_ROOM = 6;
/** Ticks within which all players come. */
const RAMP_TICKS = 30;
/** Time after which somebody else comes for a player who was turned away. */
const RETRY_MS = 1_000;

/** Creates a crowd of which nobody is there yet. */
export function createCrowd(options: CrowdOptions): Crowd {
  const { url, signToken, name, findServer, clock, random, fetch, meanStayMs, onError } = options;
  let { players } = options;
  let [present, arrivals, joins, refused, lost] = [0, 0, 0, 0, 0];
  let isOver = false;
  const departures = new Set<Departure>();

  async function play(): Promise<void> {
    present++;
    const player = `${name}-${++arrivals}`;
    const room = `room-${Math.floor(random() * Math.max(1, options.players / PLAYERS_PER_ROOM))}`;
    try {
      const token = await signToken({ room, user: player, nowMs: clock.wall() });
      const connect = createRpcClient({ url, authorization: `Bearer ${token}`, fetch });
      const { address, token: roomToken } = (await connect("Connect")) as { address: string; token: string };
      if (isOver) return;
      await stay(address, roomToken);
      joins++;
    } catch (error) {
      onError(error);
      if (error instanceof CallError) refused++;
      else lost++;
      depart({ at: clock.now() + RETRY_MS });
    }
  }

  /** Has a player leave at some time, or earlier if `leave` is called. */
  function depart({ at, endpoint, onLeave }: { at: number; endpoint?: string; onLeave?: () => void }): Departure {
    const departure: Departure = {
      at,
      ...(endpoint !== undefined && { endpoint }),
      leave() {
        if (departures.delete(departure)) present--;
        onLeave?.();
      },
    };
    departures.add(departure);
    return departure;
  }

  async function stay(endpoint: string, roomToken: string): Promise<void> {
    const server = findServer(endpoint);
    if (!server) throw new Error(`${endpoint} is no server of this simulation`);
    const at = clock.now() + drawExponential(random, meanStayMs);
    const peers = await server.join(roomToken, () => departure.leave());
    const departure = depart({ at, endpoint, onLeave: () => server.leave(peers) });
  }

  return {
    setPlayers(next) {
      players = next;
    },
    tick() {
      for (const departure of [...departures]) if (departure.at <= clock.now()) departure.leave();
      const perTick = Math.max(1, Math.ceil(players / RAMP_TICKS));
      for (let come = Math.min(perTick, players - present); come > 0; come--) void play();
    },
    loseServer(lostEndpoint) {
      for (const departure of [...departures]) if (departure.endpoint === lostEndpoint) departure.leave();
    },
    stats: () => ({ arriving: present - departures.size, joins, refused, lost }),
    end() {
      isOver = true;
    },
  };
}
