import { join } from "node:path";
import { systemClock } from "../clock.ts";
import { type ResolvedConfig, resolveMasterKeys } from "../config/load.ts";
import { createModuleLoader } from "../config/module-loader.ts";
import { createReadFiles } from "../config/read-files.ts";
import { createReloader, type Reloader } from "../config/reloader.ts";
import { createFileWatcher } from "../config/watch.ts";
import { createGateway } from "../gateway.ts";
import { createLogger, type Logger } from "../log.ts";
import { createPlan } from "../plan.ts";
import { withJournalLevels } from "../systemd/journal.ts";
import { createServiceNotifier } from "../systemd/notify.ts";
import { openKeptMessages } from "../webhooks/queue-file.ts";
import type { Command, FlagValues } from "./args.ts";
import { CONFIG_FLAG, loadFlaggedConfig, OVERRIDE_FLAGS } from "./config-flags.ts";
import { createDoor } from "./door.ts";
import { CommandError, EXIT, type Io, waitForStop } from "./io.ts";
import { checkTlsPairs, listen } from "./listen.ts";
import { createListeners, type Listeners } from "./listeners.ts";
import { holdState, openState } from "./state-owner.ts";
import { watchStrayErrors } from "./stray-errors.ts";
import type { Successor } from "./takeover.ts";
import { createUpgrade, findPredecessor, TAKEOVER_DEADLINE_MS, tryToOfferTakeover } from "./upgrade.ts";
import { joinSupervisor, toWorkerConfig, type WorkerLink } from "./worker-link.ts";
import { superviseWorkers, toWorkerFolder, toWorkerMetrics } from "./workers.ts";

/** How long a successor has to wait for requests that are being answered; those that take longer are to come again. */
const HANDOVER_MS = 1_000;

const NO_TAKEOVER =
  "with workers nobody takes over by --takeover: send SIGUSR2 to the process that supervises them, which renews them one after the other, or restart it";

/** `serve`: runs the gateway until it is asked to end. */
export const serve: Command = {
  name: "serve",
  summary: "run the gateway",
  flags: {
    ...CONFIG_FLAG,
    ...OVERRIDE_FLAGS,
    takeover: { type: "boolean", help: "take the place of the gateway that runs on the same state, without a gap" },
  },
  examples: [
    "odin-gateway",
    "odin-gateway serve --config /etc/odin-gateway/gateway.config.ts",
    "odin-gateway serve --host 127.0.0.1 --port 7000",
    "odin-gateway serve --ssl --port 7443 --certificate cert.pem --privatekey key.pem",
    "odin-gateway serve --takeover",
  ],
  async run(flags, _positionals, io) {
    // From the first moment to the last: where nobody listens to them, these signals kill a process.
    using _hangup = io.onHangup(() => {});
    using _upgrade = io.onUpgrade(() => {});
    using link = await joinSupervisor(io);
    const stopped = link ? AbortSignal.any([io.stopped, link.stopped]) : io.stopped;
    const { log, successor, requestsEnded, exitCode } = await serveUntilAsked(flags, { ...io, stopped }, link);
    // Only now is the state free.
    const isServed = (await successor?.handOver(TAKEOVER_DEADLINE_MS)) ?? true;
    await requestsEnded;
    if (!isServed) log.error("the process that was to take over is gone, so nobody serves now");
    log.info("ended");
    return isServed ? exitCode : EXIT.temporary;
  },
};

interface End {
  readonly log: Logger;
  /** Who takes over, if anybody. */
  readonly successor: Successor | undefined;
  readonly requestsEnded: Promise<void>;
  readonly exitCode: number;
}

async function serveUntilAsked(flags: FlagValues, io: Io, link: WorkerLink | undefined): Promise<End> {
  await using owned = new AsyncDisposableStack();
  const assignment = link?.assignment;
  const strayErrors = owned.use(watchStrayErrors(io));
  const loader = owned.use(createModuleLoader());
  const files = createReadFiles();
  const load = async (folder?: string): Promise<ResolvedConfig> => {
    const loaded = await loadFlaggedConfig(flags, io, loader, files.note);
    checkTlsPairs(loaded, Date.now());
    const masterKeys = resolveMasterKeys(folder === undefined ? loaded : { ...loaded, stateDir: folder });
    return { ...loaded, listen: toOwnAddress(loaded.listen, assignment), masterKeys };
  };
  let config = assignment ? toWorkerConfig(await load(assignment.stateDir), assignment) : await load();
  // Each worker has a state and metrics of its own; the generated master key is that of all.
  const { stateDir: keyFolder } = config;
  const stateDir = assignment ? toWorkerFolder(keyFolder, assignment.index) : keyFolder;
  const metrics = assignment ? toWorkerMetrics(config.metrics, assignment.index) : config.metrics;
  const log = createLogger({
    level: config.logLevel,
    format: config.logFormat,
    write: withJournalLevels(io.out, io.env, 1),
    fields: assignment && { worker: assignment.index },
  });
  strayErrors.logTo(log);
  const notifier = link?.notifier ?? owned.use(createServiceNotifier(io.env, { clock: systemClock, log }));

  // What this config asks for and cannot be, is found while the one that is to give way still runs.
  createPlan(config);

  if (config.workers > 1 && !assignment) {
    if (flags.isSet("takeover")) throw new CommandError(EXIT.usage, NO_TAKEOVER);
    const exitCode = await superviseWorkers({ config, io, log, notifier });
    return { log, successor: undefined, requestsEnded: Promise.resolve(), exitCode };
  }

  const [door, internalDoor, metricsDoor] = [createDoor(), createDoor(), createDoor()];
  const isShared = assignment !== undefined;
  const openListeners = (replaces: boolean) =>
    owned.use(
      createListeners({ config, fetch: door.fetch, fetchInternal: internalDoor.fetch, log, replaces, isShared }),
    );
  const openMetricsListener = (replaces: boolean) => {
    if (!metrics) return;
    const server = owned.use(listen(metricsDoor.fetch, { ...metrics, tls: undefined }, log, replaces));
    log.info("metrics are served", { url: `${server.url}metrics` });
  };
  const predecessor =
    (assignment?.takesOver ?? flags.isSet("takeover")) ? await findPredecessor(stateDir, log) : undefined;
  // A successor listens before the state is free, so that whoever comes meanwhile waits instead of being refused.
  const early = predecessor && openListeners(true);
  if (predecessor) openMetricsListener(true);
  if ((await predecessor?.waitForState(TAKEOVER_DEADLINE_MS)) === "late")
    throw new CommandError(
      EXIT.temporary,
      `the gateway that uses the state folder ${stateDir} did not give way within ${TAKEOVER_DEADLINE_MS / 1000} s`,
    );
  owned.use(holdState({ stateDir }, log));
  // Two gateways on one state folder are told so, and not that a port is taken.
  if (!predecessor) openMetricsListener(false);
  const gateway = owned.use(
    createGateway({
      config,
      clock: systemClock,
      random: Math.random,
      log,
      state: openState({ stateDir }, log),
      unsharedFile: join(stateDir, "unshared.jsonl"),
      keptMessages: openKeptMessages(stateDir, log),
      configControl: { status: () => reloader.status(), reload: (who) => reloader.reload(who) },
    }),
  );
  door.open(gateway.fetch);
  internalDoor.open(gateway.fetchInternal);
  metricsDoor.open(gateway.fetchMetrics);
  const listeners = early ?? openListeners(false);
  predecessor?.thank();
  let isEnding = false;

  const reloader = createReloader({
    initial: config,
    load() {
      notifier.reloading();
      return load(keyFolder);
    },
    apply(next) {
      if (isEnding || io.stopped.aborted) throw new Error("the gateway is about to end");
      const reconfigure = gateway.prepare(next);
      const relocate = listeners.prepare(next);
      reconfigure();
      relocate();
      config = next;
    },
    onApplied(next) {
      log.configure({ level: next.logLevel, format: next.logFormat });
      files.forgetOthers();
    },
    // Also those of a config that was bad: it may be mended by writing a file that it names.
    onEnd(report) {
      gateway.noteReload(report);
      watcher.setFiles(files.take());
      notifier.ready(toStatus(listeners, reloader));
    },
    clock: systemClock,
    log,
  });
  const watcher = owned.use(
    createFileWatcher({ clock: systemClock, onChange: () => void reloader.reload("changed file") }),
  );
  watcher.setFiles(files.take());
  owned.use(io.onHangup(() => void reloader.reload("SIGHUP")));
  const offer = owned.use(
    tryToOfferTakeover(stateDir, log, async () => {
      if (io.stopped.aborted) return "it is about to end";
      // What could not be kept would be lost, and nobody would be told.
      return gateway.kept().then(
        () => undefined,
        (error: Error) => `its state cannot be written: ${error.message}`,
      );
    }),
  );
  if (!link) owned.use(createUpgrade(io, log));

  notifier.ready(toStatus(listeners, reloader));

  const successor = (await Promise.race([waitForStop(io), offer.successor])) ?? undefined;
  isEnding = true;
  gateway.drain();
  if (successor) {
    log.info("another process takes over", { successor: successor.pid });
    notifier.mainPid(successor.pid);
    const requestsEnded = listeners.retire(config.drainTimeout * 1000);
    await Promise.race([requestsEnded, Bun.sleep(HANDOVER_MS)]);
    return { log, successor, requestsEnded, exitCode: EXIT.ok };
  }
  notifier.stopping((config.drainDelay + config.drainTimeout) * 1000);
  log.info("asked to end: requests in flight may finish");
  await Bun.sleep(config.drainDelay * 1000);
  await listeners.stop(config.drainTimeout * 1000);
  return { log, successor, requestsEnded: Promise.resolve(), exitCode: EXIT.ok };
}

/** What `systemctl status` shows. `systemctl reload` cannot say that a reload failed, so this does. */
function toStatus({ url }: Listeners, reloader: Reloader): string {
  const lastReload = reloader.status().lastReload;
  return `listening on ${url()}${lastReload?.outcome === "failed" ? `, but the reload at ${lastReload.at} failed` : ""}`;
}

/** Where a process listens: workers share the port that their supervisor chose where any will do. */
function toOwnAddress(listen: ResolvedConfig["listen"], assignment: WorkerLink["assignment"] | undefined) {
  return assignment && listen.port === 0 ? { ...listen, port: assignment.port } : listen;
}
