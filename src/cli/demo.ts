import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAccessKey, parseAccessKey } from "../auth/access-key.ts";
import { systemClock } from "../clock.ts";
import { resolveConfig, resolveMasterKeys } from "../config/load.ts";
import { createGateway } from "../gateway.ts";
import { createLogger } from "../log.ts";
import { createSeededRandom } from "../sim/random.ts";
import { createTokenSigner } from "../sim/room-token.ts";
import { createRpcClient } from "../sim/rpc-client.ts";
import { startScenario } from "../sim/scenario.ts";
import type { Command } from "./args.ts";
import type { Io } from "./io.ts";
import { listen } from "./listen.ts";
import { watch } from "./simulate.ts";

const HOST = "127.0.0.1";
const UPDATE_INTERVAL_SEC = 1;

/** `demo`: a gateway with simulated servers and players, to look at. */
export const demo: Command = {
  name: "demo",
  summary: "run a gateway with simulated servers and players, and show one Connect",
  flags: {
    port: { type: "integer", short: "p", value: "PORT", max: 65_535, help: "port to listen on (any that is free)" },
    servers: { type: "integer", value: "N", min: 1, max: 1_000, help: "simulated servers (4)" },
    players: { type: "integer", value: "N", max: 10_000, help: "players at a time (60)" },
    seconds: { type: "integer", value: "N", min: 1, help: "end after so many seconds (at Ctrl-C)" },
  },
  examples: ["odin-gateway demo", "odin-gateway demo --seconds 10 --servers 8 --players 400"],
  async run(flags, _positionals, io) {
    const accessKey = createAccessKey();
    const { d: _, ...publicKey } = parseAccessKey(accessKey);
    const stateDir = mkdtempSync(join(tmpdir(), "odin-gateway-demo-"));
    try {
      const config = resolveConfig(
        {
          logLevel: "WARNING",
          http: { hostname: HOST, port: flags.integer("port") ?? 0 },
          customers: [{ id: "demo-game", maxPeers: 100_000, maxRooms: 10_000, accessKeys: [{ publicKey }] }],
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
        clock: systemClock,
        random,
        log,
      });
      await using server = listen(gateway.fetch, config.listen, log);
      const signToken = createTokenSigner(accessKey);
      await using scenario = await startScenario({
        url: server.url,
        servers: flags.integer("servers") ?? 4,
        players: flags.integer("players") ?? 60,
        signToken,
        clock: systemClock,
        random,
      });
      io.out(`A gateway at ${server.url} with ${scenario.servers.length} simulated servers.\n`);
      io.out(`What it looks like in a browser: ${server.url}dashboard\n\nOne Connect:\n\n`);
      const token = await signToken({ room: "lobby", user: "you", nowMs: Date.now() });
      await showConnect(server.url, token, io);
      io.out(`Players come and go${flags.integer("seconds") === undefined ? ", Ctrl-C ends it" : ""}:\n\n`);
      return await watch(scenario, flags.integer("seconds"), io);
    } finally {
      rmSync(stateDir, { recursive: true, force: true });
    }
  },
};

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
