import { systemClock } from "../clock.ts";
import { type ResolvedConfig, resolveMasterKey } from "../config/load.ts";
import { createModuleLoader, type ModuleLoader } from "../config/module-loader.ts";
import { createReloader } from "../config/reloader.ts";
import { createFileWatcher } from "../config/watch.ts";
import { createGateway } from "../gateway.ts";
import { checkTlsPair } from "../http/tls.ts";
import { createLogger } from "../log.ts";
import type { Command, FlagValues } from "./args.ts";
import { CONFIG_FLAG, loadFlaggedConfig, OVERRIDE_FLAGS } from "./config-flags.ts";
import { EXIT, type Io, waitForStop } from "./io.ts";
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
    const config = await load(flags, io, loader);
    const log = createLogger({ level: config.logLevel, format: config.logFormat, write: io.out });
    const masterKey = resolveMasterKey(config);
    await using gateway = createGateway({
      config,
      masterKey,
      clock: systemClock,
      random: Math.random,
      log,
      configControl: { status: () => reloader.status(), reload: (who) => reloader.reload(who) },
    });
    const reloader = createReloader({
      initial: config,
      load: () => load(flags, io, loader),
      apply: gateway.reconfigure,
      onApplied(next) {
        log.configure({ level: next.logLevel, format: next.logFormat });
        watcher.setFiles(next.files);
      },
      clock: systemClock,
      log,
    });
    await using watcher = createFileWatcher({
      clock: systemClock,
      onChange: () => void reloader.reload("changed file"),
    });
    watcher.setFiles(config.files);
    using _hangup = io.onHangup(() => void reloader.reload("SIGHUP"));
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

async function load(flags: FlagValues, io: Io, loader: ModuleLoader): Promise<ResolvedConfig> {
  const config = await loadFlaggedConfig(flags, io, loader);
  if (config.listen.tls) checkTlsPair(config.listen.tls, config.source);
  return config;
}
