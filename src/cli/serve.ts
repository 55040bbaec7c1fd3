import { systemClock } from "../clock.ts";
import { resolveMasterKey } from "../config/load.ts";
import { createModuleLoader } from "../config/module-loader.ts";
import { createGateway } from "../gateway.ts";
import { checkTlsPair } from "../http/tls.ts";
import { createLogger } from "../log.ts";
import type { Command } from "./args.ts";
import { CONFIG_FLAG, loadFlaggedConfig, OVERRIDE_FLAGS } from "./config-flags.ts";
import { EXIT, waitForStop } from "./io.ts";
import { listen } from "./listen.ts";

/** How long requests in flight may take to finish when the process is asked to end. */
const STOP_DEADLINE_MS = 30_000;

/** `serve`: runs the gateway until it is asked to end. */
export const serve: Command = {
  name: "serve",
  summary: "run the gateway",
  flags: { ...CONFIG_FLAG, ...OVERRIDE_FLAGS },
  examples: [
    "odin-gateway",
    "odin-gateway serve --config /etc/odin-gateway/gateway.config.ts",
    "odin-gateway serve --host 127.0.0.1 --port 7000",
    "odin-gateway serve --ssl --port 7443 --certificate cert.pem --privatekey key.pem",
  ],
  async run(flags, _positionals, io) {
    using loader = createModuleLoader();
    const config = await loadFlaggedConfig(flags, io, loader);
    if (config.listen.tls) checkTlsPair(config.listen.tls, config.source);
    const log = createLogger({ level: config.logLevel, format: config.logFormat, write: io.out });
    const masterKey = resolveMasterKey(config);
    await using gateway = createGateway({ config, masterKey, clock: systemClock, random: Math.random, log });
    await using server = listen(gateway, config, log);
    log.info("listening", { url: server.url, config: config.source });
    await waitForStop(io.stopped);
    log.info("asked to end: requests in flight may finish");
    gateway.drain();
    await server.stop(STOP_DEADLINE_MS);
    log.info("ended");
    return EXIT.ok;
  },
};
