import { systemClock } from "../clock.ts";
import { type ResolvedConfig, resolveMasterKey } from "../config/load.ts";
import { createModuleLoader, type ModuleLoader } from "../config/module-loader.ts";
import { createReloader, type Reloader } from "../config/reloader.ts";
import { createFileWatcher } from "../config/watch.ts";
import { createGateway, type Gateway } from "../gateway.ts";
import type { HttpServer } from "../http/server.ts";
import { checkTlsPair } from "../http/tls.ts";
import { createLogger, type Logger } from "../log.ts";
import { createPlan } from "../plan.ts";
import { lockState } from "../store/state-lock.ts";
import { withJournalLevels } from "../systemd/journal.ts";
import { createServiceNotifier } from "../systemd/notify.ts";
import type { Command, FlagValues } from "./args.ts";
import { CONFIG_FLAG, loadFlaggedConfig, OVERRIDE_FLAGS } from "./config-flags.ts";
import { CommandError, EXIT, type Io, waitForStop } from "./io.ts";
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
    const files = new Set<string>();
    const note = (more: readonly string[]) => {
      for (const file of more) files.add(file);
    };
    const loadAndNote = () => load(flags, io, loader, note);
    const config = await loadAndNote();
    const write = withJournalLevels(io.out, io.env, 1);
    const log = createLogger({ level: config.logLevel, format: config.logFormat, write });
    using notifier = createServiceNotifier(io.env, { clock: systemClock, log });
    using _lock = holdState(config, log);
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
      load() {
        notifier.reloading();
        return loadAndNote();
      },
      apply(next) {
        if (io.stopped.aborted) throw new Error("the gateway is about to end");
        // What this config asks for and cannot be, is found before anything is opened.
        createPlan(next);
        const opened = Bun.deepEquals(next.listen, address)
          ? undefined
          : openBeside(gateway, next, log, { server, address });
        try {
          gateway.reconfigure(next);
        } catch (error) {
          void opened?.stop(0);
          throw error;
        }
        if (!opened) return;
        log.info("listening", { url: opened.url });
        const retired = server.retire(STOP_DEADLINE_MS).finally(() => retiring.delete(retired));
        retiring.add(retired);
        server = opened;
        address = next.listen;
      },
      onApplied(next) {
        log.configure({ level: next.logLevel, format: next.logFormat });
        files.clear();
        note(next.files);
      },
      // Also those of a config that was bad: it may be mended by writing a file that it names.
      onEnd() {
        watcher.setFiles([...files]);
        notifier.ready(toStatus(server, reloader));
      },
      clock: systemClock,
      log,
    });
    await using watcher = createFileWatcher({
      clock: systemClock,
      onChange: () => void reloader.reload("changed file"),
    });
    watcher.setFiles([...files]);
    using _hangup = io.onHangup(() => void reloader.reload("SIGHUP"));
    const retiring = new Set<Promise<void>>();
    let address = config.listen;
    let server = listen(gateway, config, log);
    log.info("listening", { url: server.url, config: config.source });
    notifier.ready(toStatus(server, reloader));
    await waitForStop(io.stopped);
    notifier.stopping();
    log.info("asked to end: requests in flight may finish");
    gateway.drain();
    await Promise.all([server.stop(STOP_DEADLINE_MS), ...retiring]);
    log.info("ended");
    return EXIT.ok;
  },
};

/** What `systemctl status` shows. `systemctl reload` cannot say that a reload failed, so this does. */
function toStatus({ url }: HttpServer, reloader: Reloader): string {
  const lastReload = reloader.status().lastReload;
  return `listening on ${url}${lastReload?.outcome === "failed" ? `, but the reload at ${lastReload.at} failed` : ""}`;
}

/** Makes this process the only one that uses the state folder, until disposed. */
function holdState({ stateDir }: ResolvedConfig, log: Logger): Disposable {
  const lock = lockState(stateDir);
  if (lock.outcome === "held") return lock;
  if (lock.outcome === "taken") {
    throw new CommandError(
      EXIT.temporary,
      `another gateway, process ${lock.holder}, uses the state folder ${stateDir}`,
    );
  }
  log.warning("the state folder cannot be locked, so nothing keeps a second gateway from using it", {
    stateDir,
    reason: lock.reason,
  });
  return { [Symbol.dispose]() {} };
}

type Address = ResolvedConfig["listen"];

/** Opens the listener that a new config asks for; the old one may have the same place, or the port that the system chose. */
function openBeside(
  gateway: Gateway,
  next: ResolvedConfig,
  log: Logger,
  old: { server: HttpServer; address: Address },
): HttpServer {
  const { port } = next.listen;
  const oldPort = Number(new URL(old.server.url).port);
  if (port !== old.address.port && port !== oldPort) return listen(gateway, next, log);
  return listen(gateway, { ...next, listen: { ...next.listen, port: oldPort } }, log, true);
}

async function load(
  flags: FlagValues,
  io: Io,
  loader: ModuleLoader,
  onFiles: (files: readonly string[]) => void,
): Promise<ResolvedConfig> {
  const config = await loadFlaggedConfig(flags, io, loader, onFiles);
  if (config.listen.tls) checkTlsPair(config.listen.tls, config.source, Date.now());
  return config;
}
