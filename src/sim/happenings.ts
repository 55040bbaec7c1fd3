import type { Clock, Random } from "../clock.ts";
import type { RpcClient } from "./rpc-client.ts";
import type { Scenario } from "./scenario.ts";
import type { SimPeer } from "./sim-room.ts";
import type { SimServer } from "./sim-server.ts";

/** What a show is made of. */
export interface HappeningsOptions {
  /** Its first crowd is the one that swells and has somebody banned. */
  readonly scenario: Scenario;
  /** Players whom the first crowd has at other times. */
  readonly players: number;
  /** The second crowd, of a customer who may have fewer than it wants at its worst. */
  readonly small: { readonly name: string; readonly players: number; readonly wanted: number; readonly max: number };
  /** Calls the gateway's `/internal` as an operator. */
  readonly call: RpcClient;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of everything that happens, in a short line. */
  readonly say: (line: string) => void;
}

/** Seconds after which everything happens again, to others. */
export const LOOP_SEC = 90;
const BAN_SEC = 20;
const DRAIN_SEC = 10;
const BURST = 3;

/** The ones to whom it happens this time. */
interface Cast {
  readonly victim: SimServer | undefined;
  readonly drained: SimServer | undefined;
  banned: SimPeer | undefined;
}

/**
 * Has things happen to a scenario, over and over until disposed: a server dies and comes back, players come in a burst, a
 * customer reaches its limit, a user is banned for a while, a server drains.
 */
export function startHappenings(options: HappeningsOptions): Disposable {
  const { scenario, players, small, call, clock, random, say } = options;
  const [crowd, smallCrowd] = scenario.crowds;
  let cast = chooseCast();
  let second = 0;
  let isOver = false;

  function chooseCast(): Cast {
    const { servers } = scenario;
    // A server that is alone neither dies nor drains: nobody would be left.
    if (servers.length < 2) return { victim: undefined, drained: undefined, banned: undefined };
    const first = Math.floor(random() * servers.length);
    const step = 1 + Math.floor(random() * (servers.length - 1));
    return { victim: servers[first], drained: servers[(first + step) % servers.length], banned: undefined };
  }

  /** Somebody of the first crowd who is on a server now. */
  function chooseUser(): SimPeer | undefined {
    const peers = scenario.servers.flatMap(({ rooms }) => rooms.all().flatMap((room) => [...room.peers]));
    const own = peers.filter(({ room }) => room.customer !== small.name);
    return own[Math.floor(random() * own.length)];
  }

  /** By second of the loop: what happens, and what is said of it if it did. */
  const script: Readonly<Record<number, () => Promise<string | undefined> | string | undefined>> = {
    4() {
      smallCrowd?.setPlayers(small.wanted);
      return `${small.wanted} players of ${small.name} want in, and it may have ${small.max}: the others are refused`;
    },
    12: async () => {
      const peer = chooseUser();
      if (!peer) return undefined;
      const { namespace, name } = peer.room;
      await call("RoomBanClient", { namespace, room_id: name, user_id: peer.user, ban_time: BAN_SEC });
      cast.banned = peer;
      return `${peer.user} is banned from ${name} for ${BAN_SEC} s`;
    },
    20() {
      smallCrowd?.setPlayers(small.players);
      return `${small.name} is content with ${small.players} players again`;
    },
    25() {
      if (!cast.victim) return undefined;
      const peers = cast.victim.peers();
      scenario.kill(cast.victim);
      return `${cast.victim.endpoint} dies, with ${peers} players on it`;
    },
    33: () => cast.banned && `${cast.banned.user} may go back into ${cast.banned.room.name}`,
    40() {
      crowd?.setPlayers(players * BURST);
      return `a burst: ${BURST} times as many players want in`;
    },
    45: async () => {
      await cast.victim?.start();
      return cast.victim && `${cast.victim.endpoint} is back, and empty`;
    },
    55() {
      crowd?.setPlayers(players);
      return "the burst is over, and players go one by one";
    },
    60: async () => {
      if (!cast.drained) return undefined;
      await call("ServerDrain", { endpoint: cast.drained.endpoint, deadline: DRAIN_SEC });
      return `${cast.drained.endpoint} drains: no new rooms, and its own are closed in ${DRAIN_SEC} s`;
    },
    80: async () => {
      if (!cast.drained) return undefined;
      await call("ServerUndrain", { endpoint: cast.drained.endpoint });
      return `${cast.drained.endpoint} gets new rooms again`;
    },
  };

  async function step(at: number): Promise<void> {
    try {
      const line = await script[at]?.();
      if (line !== undefined && !isOver) say(line);
    } catch (error) {
      if (!isOver) say(`what was to happen did not: ${error instanceof Error ? error.message : error}`);
    }
  }

  const timer = clock.every(1_000, () => {
    second++;
    if (second % LOOP_SEC === 0) cast = chooseCast();
    void step(second % LOOP_SEC);
  });
  return {
    [Symbol.dispose]() {
      isOver = true;
      timer[Symbol.dispose]();
    },
  };
}
