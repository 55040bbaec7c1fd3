import { createChildren } from "../../../bench/processes/children.ts";
import { createSeededRandom } from "../../../src/sim/random.ts";
import { createBackends } from "./backends.ts";
import { planFaults, runFaults } from "./faults.ts";
import { type GatewayGroup, startGatewayGroup } from "./gateway-group.ts";
import { createHistory } from "./history.ts";
import { judgeAll } from "./judge-all.ts";
import { askAtEnd } from "./last-questions.ts";
import { createParty } from "./parties.ts";
import { createPlayers } from "./players.ts";
import { startRedis } from "./redis-server.ts";
import type { ChaosSettings } from "./settings.ts";
import { startSfuCrowd } from "./sfu-crowd.ts";
import { startTraffic } from "./traffic.ts";
import type { Verdict } from "./verdict.ts";

/** Seconds for which a token holds its slot; longer than it ever takes until a report shows who joined. */
const RESERVATION_SEC = 9;
const MEAN_STAY_MS = 8_000;
/** Fewer peers under little load, which would never reach the limit. */
const MAX_PEERS = 500;
const MAX_ROOMS = 20;
const BACKEND_CALLS_PER_SEC = 10;
/** Reports of each server until what was decided has reached all. */
const LAST_REPORTS = 3;

/** Runs the world with its faults, has `say` told what goes on in short lines, and judges what came of it. */
export async function runChaos(
  options: ChaosSettings & { readonly binary: string; readonly say: (line: string) => void },
): Promise<Verdict[]> {
  const { gateways, perSecond, seconds, quietSeconds, seed, say } = options;
  const random = createSeededRandom(seed);
  const kinds = options.faults.filter((kind) => options.redis !== "none" || !kind.startsWith("redis"));
  const planned = planFaults({ kinds, gateways, durationMs: seconds * 1_000, random });
  const parties = {
    open: createParty("open"),
    crowded: createParty("crowded", { maxPeers: Math.min(MAX_PEERS, Math.ceil(perSecond / 4)) }),
    roomy: createParty("roomy", { maxRooms: MAX_ROOMS }),
  };
  const all = Object.values(parties);
  await using children = createChildren();
  const redis =
    options.redis === "none" ? undefined : await startRedis(children, { appendOnly: options.redis === "append-only" });
  using group: GatewayGroup = await startGatewayGroup({
    ...{ children, binary: options.binary, count: gateways, parties: all },
    ...{ redisUrl: redis?.url, reservationSec: RESERVATION_SEC },
  });
  const history = createHistory();
  using backends = createBackends({ group, history, random, parties: all });
  const onTask = backends.noteTask;
  await using sfus = await startSfuCrowd({ count: options.servers, group, history, random, onTask });
  const players = createPlayers({ group, sfus, history, random, meanStayMs: MEAN_STAY_MS });

  say(`${gateways} gateways, ${options.servers} servers, ${perSecond} Connects a second, seed ${seed}`);
  const startedAt = performance.now();
  using traffic = startTraffic({ parties, players, random, perSecond });
  backends.start(players, BACKEND_CALLS_PER_SEC);
  const faults = await runFaults({ planned, group, redis, say });
  const restMs = startedAt + seconds * 1_000 - performance.now();
  await Bun.sleep(Math.max(0, restMs) + quietSeconds * 1_000);
  await backends.end();
  await traffic.end();
  const load = { from: startedAt, to: performance.now() };
  sfus.freeze();
  await sfus.waitForReports(LAST_REPORTS);
  const answers = await askAtEnd({ group, sfus, players, parties: all });
  return judgeAll({
    history,
    group,
    faults,
    load,
    parties: all,
    sfus,
    touched: backends.touched,
    answers,
    reservationMs: RESERVATION_SEC * 1_000,
  });
}
