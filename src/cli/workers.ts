import { join } from "node:path";
import { systemClock } from "../clock.ts";
import type { ResolvedConfig } from "../config/load.ts";
import type { Logger } from "../log.ts";
import type { ServiceNotifier } from "../systemd/notify.ts";
import { EXIT, type Io, waitForStop } from "./io.ts";
import { findPort } from "./listen.ts";
import { holdState } from "./state-owner.ts";
import { createSupervisor } from "./supervisor.ts";
import { type SpawnWorker, spawnWorker } from "./worker-process.ts";

/**
 * Has as many workers serve as the config says, until this process is asked to end, and gives its exit code; this process
 * itself serves nobody. Throws a CommandError if the port is taken, or another gateway has the state folder.
 */
export async function superviseWorkers(options: {
  config: ResolvedConfig;
  io: Io;
  log: Logger;
  notifier: ServiceNotifier;
  spawn?: SpawnWorker;
}): Promise<number> {
  const { config, io, log, notifier, spawn = spawnWorker } = options;
  const { stateDir, state, metrics, workers } = config;
  using _state = holdState(config, log);
  const port = findPort(config.listen);
  if (config.internalListen) findPort(config.internalListen);
  let isReady = false;
  let wasReloading = false;

  function tell(): void {
    if (!isReady) return;
    const isReloading = supervisor.isReloading();
    if (isReloading === wasReloading) notifier.status(supervisor.status());
    else if (isReloading) notifier.reloading();
    else notifier.ready(supervisor.status());
    wasReloading = isReloading;
  }

  const supervisor = createSupervisor({
    count: workers,
    startWorker: (index, takesOver, onMessage) =>
      spawn({ index, takesOver, port, stateDir, state, metrics, workers }, (message) => {
        // It may know a longer time than this process, whose config is that of the start.
        if (message.type === "stopping" && io.stopped.aborted) notifier.stopping(message.ms);
        onMessage(message);
      }),
    onChange: tell,
    clock: systemClock,
    log,
  });
  using _exit = onExit(supervisor.kill);
  log.info("starting workers", { workers, port });
  const failed = await Promise.race([supervisor.start(), waitForStop(io)]);
  if (io.stopped.aborted) return await supervisor.stop();
  if (typeof failed === "number") {
    await supervisor.stop();
    return failed === EXIT.ok ? EXIT.temporary : failed;
  }
  isReady = true;
  notifier.ready(supervisor.status());
  using _hangup = io.onHangup(supervisor.reload);
  using _upgrade = createRenewal(io, log, supervisor.renew);
  log.info("all workers serve", { workers });
  await waitForStop(io);
  isReady = false;
  notifier.stopping((config.drainDelay + config.drainTimeout) * 1000);
  log.info("asked to end: the workers are, too");
  return await supervisor.stop();
}

/** Where a worker has a state of its own, in the folder that the config names. */
export function toWorkerFolder(stateDir: string, index: number): string {
  return join(stateDir, `worker-${index}`);
}

/** Where a worker's metrics are; any port that is free is one for each of them. */
export function toWorkerMetrics(metrics: ResolvedConfig["metrics"], index: number): ResolvedConfig["metrics"] {
  return metrics && { ...metrics, port: metrics.port === 0 ? 0 : metrics.port + index };
}

/** Calls `end` when this process exits early: when it is asked to end a second time. */
function onExit(end: () => void): Disposable {
  process.on("exit", end);
  return { [Symbol.dispose]: () => void process.off("exit", end) };
}

/** Has the workers renewed whenever that is asked for, once at a time. */
function createRenewal(io: Io, log: Logger, renew: () => Promise<void>): Disposable {
  let isUnderWay = false;
  return io.onUpgrade(async () => {
    if (isUnderWay) return;
    isUnderWay = true;
    log.info("asked to renew the workers: starting new ones, one after the other");
    await renew();
    isUnderWay = false;
    log.info("the renewal of the workers is over");
  });
}
