import { createChildren } from "../../../bench/processes/children.ts";
import { createSeededRandom } from "../../../src/sim/random.ts";
import { createBackends } from "./backends.ts";
import { type FaultKind, planFaults, runFaults } from "./faults.ts";
import { type GatewayGroup, startGatewayGroup } from "./gateway-group.ts";
import { createHistory } from "./history.ts";
import { judgeAll } from "./judge-all.ts";
import { askAtEnd } from "./last-questions.ts";
import { createParty } from "./parties.ts";
import { createPlayers } from "./players.ts";
import { startRedis } from "./redis-server.ts";
import { startSfuCrowd } from "./sfu-crowd.ts";
import { startTraffic } from "./traffic.ts";
import type { Verdict } from "./verdict.ts";

/** How several gateways are put to the proof. */
export interface ChaosOptions {
  /** The gateway's binary. */
  readonly binary: string;
  readonly gateways: number;
  /** How the Redis keeps its data; "none" for gateways that do not share anything. */
  readonly redis: "append-only" | "snapshots" | "none";
  readonly servers: number;
  /** Connects a second, over all gateways. */
  readonly perSecond: number;
  /** Seconds in which faults may begin, and seconds after the last one, with the same load. */
  readonly seconds: number;
  readonly quietSeconds: number;
  readonly faults: readonly FaultKind[];
  readonly seed: number;
  /** Told what goes on, in short lines. */
  readonly say: (line: string) => void;
}

/** Seconds for which a token holds its slot; longer than it ever takes until a report shows who joined. */
const RESERVATION_SEC = 9;
const MEAN_STAY_MS = 8_000;
const BACKEND_CALLS_PER_SEC = 10;
/** Reports of each server until what was decided has reached all. */
const LAST_REPORTS = 3;

/** Runs the world with its faults, and judges what came of it. */
export async function runChaos(options: ChaosOptions): Promise<Verdict[]> {
  const { gateways, perSecond, seconds, quietSeconds, seed, say } = options;
  const random = createSeededRandom(seed);
  const kinds = options.faults.filter((kind) => options.redis !== "none" || !kind.startsWith("redis"));
  const planned = planFaults({ kinds, gateways, durationMs: seconds * 1_000, random });
  const parties = {
    open: createParty("open"),
    crowded: createParty("crowded", { maxPeers: 500 }),
    roomy: createParty("roomy", { maxRooms: 20 }),
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
  const backends = createBackends({ group, history, random, parties: all });
  const onTask = backends.noteTask;
  await using sfus = await startSfuCrowd({ count: options.servers, group, history, random, onTask });
  const players = createPlayers({ group, sfus, history, random, meanStayMs: MEAN_STAY_MS });

  say(`${gateways} gateways, ${options.servers} servers, ${perSecond} Connects a second, seed ${seed}`);
  const startedAt = performance.now();
  const traffic = startTraffic({ parties, players, random, perSecond });
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
