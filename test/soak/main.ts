/** The compiled binary under load for long: does it grow? `bun run soak --help`. */
import { parseArgs } from "node:util";
import { readUsage } from "../../bench/processes/usage.ts";
import { buildBinary, createConfigFolder, findFreePort, startGateway } from "../system/gateway-process.ts";
import { startServers } from "../system/traffic.ts";
import { startChurn } from "./churn.ts";
import { createPlayers } from "./players.ts";
import { judgeMemory, type Sample } from "./verdict.ts";

const HELP = `bun run soak [flags]: the binary under load for long, while servers die, configs reload and backends call

  --minutes N  how long (30)
  --load N     percent of the Connects that this machine can take (30)

It ends with 1 if the memory of the gateway grew by more than 10 % after two minutes, or if an answer was wrong.
`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    load: { type: "string", default: "30" },
    help: { type: "boolean", default: false },
  },
});
const SERVERS = 10;
const TRIAL_MS = 4_000;
const AT_ONCE = 32;
const TELL_EVERY_SEC = 5;
const WEBHOOK_SECRET = "a secret of the webhooks of a soak";

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const toMb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

async function soak(seconds: number, share: number): Promise<boolean> {
  let hooks = 0;
  // One in fifty is refused, and has to come again.
  await using receiver = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response(null, { status: ++hooks % 50 === 0 ? 503 : 204 }),
  });
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  using folder = createConfigFolder(
    port,
    `sfuConfig: { updateInterval: 1, disableTimeout: 3 },
  webhooks: [{ url: "${receiver.url.href}", secret: "${WEBHOOK_SECRET}", events: "*" }],`,
  );
  say("building the binary");
  using binary = await buildBinary();
  await using gateway = await startGateway(binary, folder);
  await using owned = new AsyncDisposableStack();
  const servers = await startServers(url, SERVERS);
  for (const server of servers) owned.use(server);
  const players = createPlayers(url, servers);
  const most = await players.measureMost(TRIAL_MS, AT_ONCE);
  const perSecond = Math.max(1, Math.round((most * share) / 100));
  say(`${Math.round(most)} Connects a second are the most; ${perSecond} from now on, for ${seconds} s`);

  const samples: Sample[] = [];
  const churn = owned.use(startChurn(url, servers, folder));
  const startedAt = performance.now();
  const over = Promise.withResolvers<void>();
  const timer = setInterval(() => {
    const atSec = Math.round((performance.now() - startedAt) / 1_000);
    const { rssBytes } = readUsage(gateway.pid);
    samples.push({ atSec, rssBytes });
    const { connects, refused, lost, late } = players.stats;
    if (samples.length % TELL_EVERY_SEC === 0) {
      const { deaths, reloads, calls } = churn.counts;
      say(
        `${String(atSec).padStart(5)} s  ${toMb(rssBytes)}  connects ${connects} (refused ${refused}, lost ${lost}, late ${late})  deaths ${deaths}  reloads ${reloads}  calls ${calls}  webhooks ${hooks}  faults ${countFaults()}`,
      );
    }
    if (atSec >= seconds) over.resolve();
  }, 1_000);
  const countFaults = () => [...players.faults, ...churn.faults].reduce((sum, [, count]) => sum + count, 0);
  try {
    await players.run(perSecond, Promise.race([over.promise, gateway.exited]));
  } finally {
    clearInterval(timer);
  }
  const { baseline, end, growth, isGood } = judgeMemory(samples);
  for (const [fault, count] of [...players.faults, ...churn.faults]) say(`${count} × ${fault}`);
  const isRight = countFaults() === 0 && hooks > 0;
  say(
    `memory: ${toMb(baseline)}, at the end ${toMb(end)}: ${(100 * growth).toFixed(1)} %, ${isGood ? "ok" : "it grew"}`,
  );
  say(`answers: ${players.stats.connects} Connects, ${countFaults()} faults, ${isRight ? "ok" : "not ok"}`);
  return isGood && isRight;
}

if (values.help) say(HELP);
else process.exitCode = (await soak(60 * Number(values.minutes), Number(values.load))) ? 0 : 1;
