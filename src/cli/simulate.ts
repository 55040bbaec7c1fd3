import { createSeededRandom } from "../sim/random.ts";
import { type Scenario, startScenario } from "../sim/scenario.ts";
import { ACCESS_KEY_FLAG, findTokenSigner } from "./access-key-flag.ts";
import type { Command } from "./args.ts";
import { CommandError, EXIT, type Io, waitForStop } from "./io.ts";
import { showProgress } from "./progress.ts";

/** `simulate`: attaches simulated servers and players to any gateway. */
export const simulate: Command = {
  name: "simulate",
  summary: "attach simulated servers and players to a gateway",
  flags: {
    url: {
      type: "string",
      value: "URL",
      help: "public API of the gateway (http://127.0.0.1:7000/); with a pool, such as …/eu/, its servers attach there",
    },
    "servers-url": {
      type: "string",
      value: "URL",
      help: "the same for its servers, where internal.listen has another address (the one of --url)",
    },
    user: {
      type: "string",
      value: "NAME:PASSWORD",
      help: "user of /internal for the servers (none: the gateway trusts loopback)",
    },
    ...ACCESS_KEY_FLAG,
    servers: { type: "integer", value: "N", min: 1, max: 10_000, help: "simulated servers (4)" },
    players: { type: "integer", value: "N", max: 100_000, help: "players at a time (40)" },
    seconds: { type: "integer", value: "N", min: 1, help: "end after so many seconds (at Ctrl-C)" },
    seed: { type: "integer", value: "N", help: "seed of chance: the same players come at the same times (1)" },
  },
  examples: [
    "ODIN_ACCESS_KEY=… odin-gateway simulate --user sfu:the-password",
    "ODIN_ACCESS_KEY=… odin-gateway simulate --servers 10 --players 200 --seconds 60",
    "odin-gateway simulate --url https://gateway.example.com/eu/ --user sfu:secret --access-key …",
  ],
  async run(flags, _positionals, io) {
    const url = flags.text("url") ?? "http://127.0.0.1:7000/";
    const serversUrl = flags.text("servers-url") ?? url;
    for (const [flag, given] of Object.entries({ url, "servers-url": serversUrl })) {
      if (!URL.canParse(given))
        throw new CommandError(EXIT.usage, `--${flag} must be a URL such as http://127.0.0.1:7000/, found "${given}"`);
    }
    const user = flags.text("user");
    if (user !== undefined && !user.includes(":")) throw new CommandError(EXIT.usage, "--user must be NAME:PASSWORD");
    const signToken = findTokenSigner(flags, io);
    await using scenario = await attach(serversUrl, () =>
      startScenario({
        url,
        serversUrl,
        user,
        servers: flags.integer("servers") ?? 4,
        crowds: [{ name: "player", players: flags.integer("players") ?? 40, signToken }],
        clock: io.clock,
        random: createSeededRandom(flags.integer("seed") ?? 1),
      }),
    );
    return await watch(scenario, flags.integer("seconds"), io);
  },
};

/** Shows what the scenario does until it is to end; the exit code says whether anybody got in. */
export async function watch(scenario: Scenario, seconds: number | undefined, io: Io): Promise<number> {
  using _progress = showProgress(scenario, io);
  await waitForStop(io, seconds === undefined ? undefined : seconds * 1000);
  const { joins, lastError } = scenario.stats();
  if (joins > 0 || lastError === undefined) return EXIT.ok;
  throw new CommandError(EXIT.unavailable, `nobody got in: ${lastError}`);
}

async function attach(url: string, start: () => Promise<Scenario>): Promise<Scenario> {
  try {
    return await start();
  } catch (error) {
    throw new CommandError(
      EXIT.unavailable,
      `the servers could not attach at ${url}: ${error instanceof Error ? error.message : error}`,
    );
  }
}
