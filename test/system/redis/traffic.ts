import type { Random } from "../../../src/clock.ts";
import type { Party } from "./parties.ts";
import type { Players } from "./players.ts";

/** The customers of the world: one without limits, and one for each limit. */
export interface Parties {
  readonly open: Party;
  readonly crowded: Party;
  readonly roomy: Party;
}

/** Connects that go on until it is ended. */
export interface Traffic extends Disposable {
  /** Sends no more, and resolves when all were answered. */
  readonly end: () => Promise<void>;
}

/** Somebody who comes; a new user who may join, unless it says otherwise. */
interface Visit {
  readonly party: Party;
  readonly room: string;
  readonly user?: string;
  readonly joins?: boolean;
}

const TICK_MS = 5;
const LOBBY_INTERVAL_MS = 1_000;
/** Share of a second's Connects that come for one lobby at once. */
const LOBBY_SHARE = 0.05;
/** Rooms, in relation to the Connects of a second, that are asked for again and again. */
const ROOMS_PER_RATE = 0.1;
const ARENAS = 30;
const BOOTHS = 400;
/** Shares of the Connects that go to each customer; the rest is for the one without limits. */
const CROWDED = 0.12;
const ROOMY = 0.08;
/** Of those of the one without limits: to new rooms, to the last lobby, and by users who come again. */
const NEW = 0.2;
const LOBBY = 0.1;
const AGAIN = 0.05;

/**
 * Sends Connects at a fixed rate, whether they are answered or not: to rooms that there are, to new ones, and now and then
 * many at once to one that is new, through all gateways.
 */
export function startTraffic(options: {
  parties: Parties;
  players: Players;
  random: Random;
  perSecond: number;
}): Traffic {
  const { parties, players, random, perSecond } = options;
  const { open, crowded, roomy } = parties;
  const inFlight = new Set<Promise<unknown>>();
  const rooms = Math.max(10, perSecond * ROOMS_PER_RATE);
  const startedAt = performance.now();
  let [sent, users, newRooms, lobbies] = [0, 0, 0, 0];

  function go({ party, room, user = `u${++users}`, joins }: Visit): void {
    const done: Promise<unknown> = players
      .connect({ party, room, user, ...(joins !== undefined && { joins }) })
      .finally(() => inFlight.delete(done));
    inFlight.add(done);
  }

  function draw(): Visit {
    const among = (count: number) => Math.floor(random() * count);
    const kind = random();
    if (kind < CROWDED) return { party: crowded, room: `arena-${among(ARENAS)}` };
    if (kind < CROWDED + ROOMY) return { party: roomy, room: `booth-${among(BOOTHS)}` };
    const which = random();
    if (which < NEW) return { party: open, room: `new-${++newRooms}` };
    if (which < NEW + LOBBY) return { party: open, room: `lobby-${lobbies}` };
    const present = which < NEW + LOBBY + AGAIN ? players.pickPresent()?.attempt : undefined;
    if (present?.customer === open.id) return { party: open, room: present.room, user: present.user, joins: false };
    return { party: open, room: `room-${among(rooms)}` };
  }

  const timers = [
    setInterval(() => {
      const due = ((performance.now() - startedAt) / 1_000) * perSecond;
      for (; sent < due; sent++) go(draw());
    }, TICK_MS),
    setInterval(() => {
      lobbies++;
      for (let i = 0; i < perSecond * LOBBY_SHARE; i++) go({ party: open, room: `lobby-${lobbies}` });
    }, LOBBY_INTERVAL_MS),
  ];

  const stop = () => {
    for (const timer of timers) clearInterval(timer);
  };
  return {
    async end() {
      stop();
      await Promise.all(inFlight);
    },
    [Symbol.dispose]: stop,
  };
}
