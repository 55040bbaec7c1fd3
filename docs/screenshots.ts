/**
 * Writes docs/screenshots/ anew: `bun run screenshots`. A gateway with simulated servers and players lives through six minutes
 * on a virtual clock, from there on in real time, and a browser takes its pictures.
 */
import { mkdirSync } from "node:fs";
import { resolveConfig } from "../src/config/load.ts";
import { createGateway } from "../src/gateway.ts";
import { startHttpServer } from "../src/http/server.ts";
import { createLogger } from "../src/log.ts";
import { createSeededRandom } from "../src/sim/random.ts";
import { createRpcClient, type Fetch } from "../src/sim/rpc-client.ts";
import { startScenario } from "../src/sim/scenario.ts";
import { createVirtualClock } from "../src/sim/virtual-clock.ts";
import { openDashboard, startBrowser, type TabOptions } from "../test/system/browser.ts";
import { createCustomer, USERS } from "../test/world.ts";

const FOLDER = `${import.meta.dir}/screenshots`;
const PAST_MS = 360_000;
const STEP_MS = 100;
const SERVERS = 9;
const PLAYERS = 2_200;
const MEAN_STAY_MS = 90_000;
/** Tokens are signed and checked by threads: some turns of the event loop later. */
const SETTLING_TURNS = 20;
/** What a picture waits for lies in the last answers, drawn by then. */
const SETTLE_MS = 2_500;

const clock = createVirtualClock(Date.now() - PAST_MS);
const random = createSeededRandom(7);
const game = createCustomer("space-game", { maxPeers: 2_500, maxRooms: 1_000 });
const others = [
  createCustomer("race-game", { maxPeers: 500, maxRooms: 100 }),
  createCustomer("chess-game", { maxPeers: 100 }),
];
const config = resolveConfig(
  {
    customers: [game, ...others].map(({ entry }) => entry),
    internal: { users: USERS },
    masterKey: new Uint8Array(32).fill(1).toBase64(),
    sfuConfig: { updateInterval: 2 },
  },
  { source: "/etc/odin-gateway/gateway.config.ts", flags: {}, env: {} },
);
const log = createLogger({ level: "ERROR", format: "pretty", write: (line) => process.stderr.write(line) });
// Between two steps of the virtual clock the gateway's goes on, so that calls take the time that they take.
let steppedAt = performance.now();
const now = () => clock.now() + Math.min(STEP_MS - 1, performance.now() - steppedAt);
await using gateway = createGateway({ config, clock: { ...clock, now }, random, log });
let inFlight = 0;
const fetch: Fetch = async (request) => {
  inFlight++;
  try {
    return await gateway.fetch(request, { address: "127.0.0.1", port: 1 });
  } finally {
    inFlight--;
  }
};

/** Lets time pass, with all that it brings about. */
async function live(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += STEP_MS) {
    steppedAt = performance.now();
    await clock.sleep(STEP_MS);
    for (let turn = 0; turn < SETTLING_TURNS || inFlight > 0; turn++)
      await new Promise((resolve) => setImmediate(resolve));
  }
}

const server = (password: string, name: string) =>
  createRpcClient({ url: `http://${name}:${password}@gateway/internal`, fetch });
const operate = server(USERS.op.password, "op");
await using scenario = await startScenario({
  url: "http://gateway/",
  servers: SERVERS,
  crowds: [{ name: "player", players: PLAYERS, signToken: game.signToken }],
  traits: (index) => ({ version: index < 3 ? "1.6.1" : "1.6.0" }),
  user: `sfu:${USERS.sfu}`,
  meanStayMs: MEAN_STAY_MS,
  clock,
  random,
  fetch,
});
const reportFull = () =>
  server(USERS.sfu, "sfu")("sfu.Report", {
    public_endpoint: "sfu10.sim:4433",
    version: "1.6.0-sim",
    load: 1.04,
    clients: 520,
    rooms: [],
  });

for (let at = 0; at < PAST_MS; at += 2_000) {
  await reportFull();
  if (at === PAST_MS - 90_000) await operate("ServerDrain", { endpoint: "sfu6.sim:4433", deadline: 600 });
  if (at === PAST_MS - 60_000) {
    await operate("RoomBanClient", {
      namespace: "space-game",
      room_id: "room-7",
      user_id: "player-17",
      ban_time: 3_600,
    });
  }
  if (at === PAST_MS - 24_000) scenario.servers[2]?.stop();
  await live(2_000);
}

let reported = 0;
let isPassing = false;
const passing = setInterval(async () => {
  if (isPassing) return;
  isPassing = true;
  await live(Date.now() - clock.now());
  if (clock.now() - reported > 2_000) {
    reported = clock.now();
    await reportFull();
  }
  isPassing = false;
}, STEP_MS);
await using listener = startHttpServer({
  hostname: "127.0.0.1",
  port: 0,
  tls: undefined,
  fetch: gateway.fetch,
  onError: (error) => log.error("a request failed", { error }),
});
const browser = await startBrowser();
mkdirSync(FOLDER, { recursive: true });

async function shoot(name: string, view: string, options: TabOptions = {}): Promise<void> {
  await using tab = await openDashboard(browser, listener.url.replace(/\/$/, ""), options);
  await tab.goTo(view);
  await Bun.sleep(SETTLE_MS);
  await tab.page.screenshot({ path: `${FOLDER}/${name}.png` });
}

await shoot("fleet-light", "fleet", { width: 1440, height: 760 });
await shoot("fleet-dark", "fleet", { width: 1440, height: 760, colorScheme: "dark" });
await shoot("server", "server/default/sfu3.sim:4433", { width: 1440, height: 880 });
await shoot("why", "why", { width: 1440, height: 660 });
await shoot("phone", "fleet", { width: 390, height: 844 });
await browser.close();
clearInterval(passing);
