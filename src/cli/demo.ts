import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAccessKey, parseAccessKey } from "../auth/access-key.ts";
import { resolveConfig, resolveMasterKeys } from "../config/load.ts";
import { createGateway } from "../gateway.ts";
import { createLogger } from "../log.ts";
import { startHappenings } from "../sim/happenings.ts";
import { createSeededRandom } from "../sim/random.ts";
import { createTokenSigner } from "../sim/room-token.ts";
import { createRpcClient } from "../sim/rpc-client.ts";
import { startScenario, toInternalUrl } from "../sim/scenario.ts";
import type { Command } from "./args.ts";
import type { Io } from "./io.ts";
import { listen } from "./listen.ts";
import { showLine } from "./progress.ts";
import { watch } from "./simulate.ts";

const HOST = "127.0.0.1";
const UPDATE_INTERVAL_SEC = 1;
/** A customer who has too little at times. */
const SMALL = { name: "tiny-game", players: 8, wanted: 30, max: 12 };

/** `demo`: a gateway with simulated servers and players, to look at. */
export const demo: Command = {
  name: "demo",
  summary: "run a gateway with simulated servers and players to whom things happen, and show one Connect",
  flags: {
    port: { type: "integer", short: "p", value: "PORT", max: 65_535, help: "port to listen on (any that is free)" },
    servers: { type: "integer", value: "N", min: 1, max: 1_000, help: "simulated servers (8)" },
    players: { type: "integer", value: "N", max: 10_000, help: "players at a time (60)" },
    seconds: { type: "integer", value: "N", min: 1, help: "end after so many seconds (at Ctrl-C)" },
  },
  examples: ["odin-gateway demo", "odin-gateway demo --seconds 10 --servers 8 --players 400"],
  async run(flags, _positionals, io) {
    const game = createDemoCustomer("demo-game", { maxPeers: 100_000, maxRooms: 10_000 });
    const small = createDemoCustomer(SMALL.name, { maxPeers: SMALL.max, maxRooms: 10_000 });
    const players = flags.integer("players") ?? 60;
    const stateDir = mkdtempSync(join(tmpdir(), "odin-gateway-demo-"));
    try {
      const config = resolveConfig(
        {
          logLevel: "ERROR",
          http: { hostname: HOST, port: flags.integer("port") ?? 0 },
          customers: [game.entry, { ...small.entry, tags: ["eu"] }],
          sfuConfig: { updateInterval: UPDATE_INTERVAL_SEC },
          internal: { trustLoopback: true },
          stateDir,
        },
        { source: "demo", flags: {}, env: {} },
      );
      const log = createLogger({ level: config.logLevel, format: config.logFormat, write: io.err });
      const random = createSeededRandom(Date.now());
      await using gateway = createGateway({
        config: { ...config, masterKeys: resolveMasterKeys(config) },
        clock: io.clock,
        random,
        log,
      });
      await using server = listen(gateway.fetch, config.listen, log);
      io.out(`Dashboard: ${server.url}dashboard\n\n`);
      await using scenario = await startScenario({
        url: server.url,
        servers: flags.integer("servers") ?? 8,
        traits: toTraits,
        crowds: [
          { name: "player", players, signToken: game.signToken },
          { name: `${SMALL.name}-player`, players: Math.min(SMALL.players, players), signToken: small.signToken },
        ],
        clock: io.clock,
        random,
      });
      io.out(`A gateway at ${server.url} with ${scenario.servers.length} simulated servers. One Connect:\n\n`);
      const token = await game.signToken({ room: "lobby", user: "you", nowMs: Date.now() });
      await showConnect(server.url, token, io);
      io.out(`Players come and go${flags.integer("seconds") === undefined ? ", Ctrl-C ends it" : ""}:\n\n`);
      const startedAt = io.clock.now();
      using _happenings = startHappenings({
        scenario,
        players,
        small: SMALL,
        call: createRpcClient({ url: toInternalUrl(server.url, undefined) }),
        clock: io.clock,
        random,
        say: (line) => showLine(Math.round((io.clock.now() - startedAt) / 1_000), line, io),
      });
      return await watch(scenario, flags.integer("seconds"), io);
    } finally {
      rmSync(stateDir, { recursive: true, force: true });
    }
  },
};

function createDemoCustomer(id: string, limits: { maxPeers: number; maxRooms: number }) {
  const accessKey = createAccessKey();
  const { d: _, ...publicKey } = parseAccessKey(accessKey);
  return { signToken: createTokenSigner(accessKey), entry: { id, ...limits, accessKeys: [{ publicKey }] } };
}

/** Servers of two regions, one of them of a newer version, and one of a lesser machine. */
function toTraits(index: number) {
  return {
    version: index === 1 ? "1.7.0-sim" : "1.6.0-sim",
    capacity: index === 2 ? 200 : 500,
    config: `[database.report]\ntags = ["${index % 2 === 0 ? "eu" : "us"}"]\n`,
  };
}

async function showConnect(url: string, token: string, io: Io): Promise<void> {
  const connect = createRpcClient({ url, authorization: `Bearer ${token}` });
  const { address, token: roomToken } = (await connect("Connect")) as { address: string; token: string };
  io.out(
    [
      "  the customer's token, signed by the game's backend:",
      `    ${token}`,
      `    ${decodeToken(token)}`,
      "",
      "  the gateway's answer, a server and a token for it:",
      `    address  ${address}`,
      `    token    ${roomToken}`,
      `    ${decodeToken(roomToken)}`,
      "",
      "",
    ].join("\n"),
  );
}

function decodeToken(token: string): string {
  return token
    .split(".")
    .slice(0, 2)
    .map((part) => Buffer.from(part, "base64url").toString("utf8"))
    .join(" ");
}
