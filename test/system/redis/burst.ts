import { createChildren } from "../../../bench/processes/children.ts";
import { createSeededRandom } from "../../../src/sim/random.ts";
import { startGatewayGroup } from "./gateway-group.ts";
import { type Attempt, createHistory } from "./history.ts";
import { createParty, type Party } from "./parties.ts";
import { createPlayers } from "./players.ts";
import { startRedis } from "./redis-server.ts";
import type { ChaosSettings } from "./settings.ts";
import { startSfuCrowd } from "./sfu-crowd.ts";

/** What a burst is made of. */
export interface BurstOptions {
  readonly binary: string;
  readonly settings: ChaosSettings;
  readonly limits: { readonly maxPeers?: number; readonly maxRooms?: number };
  readonly connects: number;
  /** The room of each Connect, by its number. */
  readonly toRoom: (index: number) => string;
}

/** Longer than a burst takes: no slot of it is free again before its end. */
const RESERVATION_SEC = 120;
/** Connects that are on their way to each gateway at a time. */
const AT_ONCE = 50;
const SERVERS = 5;

/** Has all gateways get Connects of users who are all different at once, and gives how each of them was answered. */
export async function runBurst({ binary, settings, limits, connects, toRoom }: BurstOptions): Promise<Attempt[]> {
  const random = createSeededRandom(settings.seed);
  const party: Party = createParty("burst", limits);
  await using children = createChildren();
  const redis =
    settings.redis === "none"
      ? undefined
      : await startRedis(children, { appendOnly: settings.redis === "append-only" });
  using group = await startGatewayGroup({
    ...{ children, binary, count: settings.gateways, parties: [party] },
    ...{ redisUrl: redis?.url, reservationSec: RESERVATION_SEC },
  });
  const history = createHistory();
  await using sfus = await startSfuCrowd({ count: SERVERS, group, history, random, onTask() {} });
  const players = createPlayers({ group, sfus, history, random, meanStayMs: 0 });
  let next = 0;
  const work = group.all.flatMap((gateway) =>
    Array.from({ length: AT_ONCE }, async () => {
      for (let index = next++; index < connects; index = next++)
        await players.connect({ party, room: toRoom(index), user: `u${index}`, gateway, joins: false });
    }),
  );
  await Promise.all(work);
  return history.attempts;
}
