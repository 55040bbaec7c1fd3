/**
 * What it costs gateways to share a fleet, and what it gives: `bun run bench:sharing --help`.
 * What the figures mean stands in docs/scaling.md.
 */
import { parseArgs } from "node:util";
import { startRedis } from "../../test/system/redis/redis-server.ts";
import { describeOrigin } from "../output/machine.ts";
import { buildBinaries } from "../processes/binaries.ts";
import { createChildren } from "../processes/children.ts";
import {
  type Contestant,
  type ContestantOptions,
  createConnectBench,
  type Round,
  runInTurns,
  toMedianRound,
} from "./connects.ts";
import { measureCosts } from "./costs.ts";
import { measureNews } from "./news.ts";
import { comparePlacement } from "./placement.ts";

const PARTS = ["placement", "news", "connects", "costs"] as const;
const HELP = `bun run bench:sharing [flags]: gateways that share a fleet over a Redis of this machine

  --quick         fewer seeds and rounds: two minutes
  --only NAME,…   ${PARTS.join(", ")}
  --json FILE     write the figures as JSON
`;
/** What is asked of one gateway; a machine that cannot do it is measured at a share of what it can. */
const ASKED_PER_SECOND = 5_000;
const SHARE_OF_PEAK = 0.35;
const CLOSED = { connections: 32, ms: 2_000 };
const OPEN_CONNECTIONS = 64;

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

async function run(): Promise<void> {
  const parts = new Set(flags.only?.split(",") ?? PARTS);
  const startedAt = performance.now();
  const progress = (text: string) =>
    void process.stderr.write(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${text}\n`);
  await using children = createChildren();
  const redis = await startRedis(children, { appendOnly: true });
  const result: Record<string, unknown> = {};
  if (parts.has("news")) {
    progress("news");
    result.news = [await measureNews(redis.url, 200, 2_000), await measureNews(redis.url, 1_000, 5_000)];
    console.log("another gateway knows of a join after, in ms");
    console.table(result.news);
  }
  if (parts.has("costs")) {
    result.costs = await measureCosts(redis.url, redis.pid(), progress);
    console.log("what Redis does and keeps:", result.costs);
  }
  if (parts.has("connects")) {
    await buildBinaries();
    await using bench = createConnectBench(children, redis.pid);
    await using started = new AsyncDisposableStack();
    const rounds = flags.quick ? 3 : 9;
    const start = async (options: ContestantOptions): Promise<Contestant> => {
      progress(`connects: ${options.name}`);
      return started.use(await bench.start(options));
    };
    const plain = await start({ name: "one, without Redis", count: 1 });
    const one = await start({ name: "one", count: 1, redis: redis.url });
    const peak = (await bench.run(one, CLOSED)).perSecond;
    const perSecond = Math.min(ASKED_PER_SECOND, Math.round((SHARE_OF_PEAK * peak) / 100) * 100);
    const open = { perSecond, connections: OPEN_CONNECTIONS, ms: 2_000 };
    progress(`connects: open loop at ${perSecond} a second`);
    const pair = await runInTurns(bench, [plain, one], open, rounds);
    const many = [
      await start({ name: "two", count: 2, redis: redis.url }),
      await start({ name: "two, of which one is asked", count: 2, asked: 1, redis: redis.url }),
      await start({ name: "four", count: 4, redis: redis.url }),
    ];
    const half = { ...open, perSecond: Math.round(perSecond / 2) };
    progress(`connects: several, at ${half.perSecond} a second`);
    const several = await runInTurns(bench, [plain, one, ...many], half, rounds);
    await using workers = await bench.start({ name: "workers: 2", count: 1, workers: 2, redis: redis.url });
    progress("connects: workers, as many as they can");
    const closed = await runInTurns(bench, [plain, one, workers], CLOSED, rounds);
    result.connects = {
      pair: show(`open loop at ${perSecond} a second`, pair, plain.name),
      several: show(`open loop at ${half.perSecond} a second in all`, several, plain.name),
      closed: show(`closed loop, ${CLOSED.connections} at a time`, closed, plain.name),
    };
  }
  if (parts.has("placement")) {
    const seeds = flags.quick ? 2 : 8;
    const placement = await comparePlacement({ redis: redis.url, seeds, counts: [2, 4], progress });
    result.placement = placement;
    console.log(`heavy world, mean of ${seeds} seeds`);
    console.table(
      placement.map(({ gateways, isShared, metrics }) => ({
        gateways,
        share: isShared ? "a fleet" : "nothing",
        "overloaded %": metrics.overloadedServerSecondsPct.toFixed(2),
        "joins to them %": metrics.joinsToOverloadedPct.toFixed(2),
        "max/mean": metrics.maxOverMean.toFixed(3),
        over: metrics.overAdmissions,
        split: metrics.splitRooms,
      })),
    );
  }
  if (flags.json !== undefined)
    await Bun.write(flags.json, `${JSON.stringify({ ...describeOrigin(), ...result }, null, 2)}\n`);
}

/** Shows medians; what Redis does meanwhile for gateways that are not asked is taken off. */
function show(title: string, results: ReadonlyMap<string, readonly Round[]>, base: string): Record<string, Round> {
  const medians = Object.fromEntries([...results].map(([name, rounds]) => [name, toMedianRound(rounds)]));
  const background = medians[base]?.redisUs ?? 0;
  console.log(title);
  console.table(
    Object.entries(medians).map(([name, round]) => ({
      gateways: name,
      "p50 ms": round.p50.toFixed(2),
      "p99 ms": round.p99.toFixed(1),
      "1/s": round.perSecond.toFixed(0),
      "gateway µs": round.gatewayUs.toFixed(0),
      "idle gateways µs": round.idleGatewayUs.toFixed(0),
      "Redis µs": (round.redisUs - background).toFixed(0),
    })),
  );
  return medians;
}

if (flags.help) console.log(HELP);
else await run();
