import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import { ALIVE_INTERVAL_MS, type WorkerMessage } from "./worker-messages.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** Keeps workers running until it is told to stop. */
export interface Supervisor {
  /** Starts all; resolves when they serve, or else with the exit code of the first one that ended before it did. */
  readonly start: () => Promise<number | undefined>;
  /** Has those that serve load their configs again. */
  readonly reload: () => void;
  /** Puts a new worker in the place of each, one after the other, and gives up at the first one that does not come to serve. */
  readonly renew: () => Promise<void>;
  /** Has all end; resolves with an exit code other than 0 if one had it. One that is hung is killed. */
  readonly stop: () => Promise<number>;
  /** Ends all at once. */
  readonly kill: () => void;
  readonly isReloading: () => boolean;
  /** How they are, in one line. */
  readonly status: () => string;
}

/** Starts the worker of that number, which takes over from the one that runs or has its place to itself. */
export type StartWorker = (
  index: number,
  takesOver: boolean,
  onMessage: (message: WorkerMessage) => void,
) => WorkerProcess;

/** A worker process, and what it said of itself. */
interface Worker {
  readonly process: WorkerProcess;
  /** Resolves when it serves; with its exit code, if it ends before. */
  readonly served: Promise<number | undefined>;
  readyAtMs: number | undefined;
  isReloading: boolean;
  status: string;
  /** Looks since it was last heard of. */
  silentFor: number;
}

/** The place of one worker at a time. */
interface Place {
  readonly index: number;
  current: Worker | undefined;
  /** Whether somebody takes over from the current one. */
  isHandedOver: boolean;
  failures: number;
  retry: Disposable | undefined;
}

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 10_000;
/** Whoever has served for so long did not fail at its start. */
const STEADY_MS = 10_000;
/** A worker of which nothing was heard at so many looks is hung. */
const MAX_SILENT = 6;

/** Creates a supervisor that has started nothing. `onChange` is called whenever its status or what it says of a reload may be another. */
export function createSupervisor(options: {
  count: number;
  startWorker: StartWorker;
  onChange: () => void;
  clock: Clock;
  log: Logger;
}): Supervisor {
  const { count, startWorker, onChange, clock, log } = options;
  const places = Array.from(
    { length: count },
    (_, index): Place => ({ index, current: undefined, isHandedOver: false, failures: 0, retry: undefined }),
  );
  const running = new Set<Worker>();
  let isSteady = false;
  let isStopping = false;
  let looking: Disposable | undefined;

  function launch(place: Place, takesOver: boolean): Worker {
    const { promise: served, resolve } = Promise.withResolvers<number | undefined>();
    const { index } = place;
    const worker: Worker = {
      process: startWorker(index, takesOver, take),
      served,
      readyAtMs: undefined,
      isReloading: false,
      status: "",
      silentFor: 0,
    };
    running.add(worker);
    function take(message: WorkerMessage): void {
      worker.silentFor = 0;
      if (message.type === "alive" || message.type === "stopping") return;
      worker.isReloading = message.type === "reloading";
      if (message.type !== "reloading") worker.status = message.status ?? "";
      if (message.type === "ready" && worker.readyAtMs === undefined) {
        worker.readyAtMs = clock.now();
        place.current = worker;
        resolve(undefined);
      }
      onChange();
    }
    void worker.process.exited.then((code) => {
      running.delete(worker);
      resolve(code);
      if (place.current === worker) lose(place, worker, code);
    });
    return worker;
  }

  function lose(place: Place, worker: Worker, exitCode: number): void {
    place.current = undefined;
    if (isStopping || !isSteady) return;
    if (worker.readyAtMs !== undefined && clock.now() - worker.readyAtMs >= STEADY_MS) place.failures = 0;
    // Whoever takes over may be about to say that it serves.
    if (!place.isHandedOver) startLater(place, exitCode);
    onChange();
  }

  function startLater(place: Place, exitCode: number): void {
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** place.failures, MAX_DELAY_MS);
    place.failures++;
    log.error("a worker ended, and is started again", { worker: place.index, exitCode, delayMs });
    const timer = clock.every(delayMs, () => {
      timer[Symbol.dispose]();
      place.retry = undefined;
      startAgain(place);
    });
    place.retry = timer;
  }

  function startAgain(place: Place): void {
    try {
      place.current = launch(place, false);
    } catch (error) {
      log.error("a worker cannot be started", { worker: place.index, error });
      startLater(place, 1);
    }
  }

  /** Puts a new worker in a place, and says whether it came to serve. */
  async function renewPlace(place: Place): Promise<boolean> {
    place.isHandedOver = true;
    try {
      const exitCode = await launch(place, true).served;
      if (exitCode === undefined || isStopping) return true;
      log.error("a new worker ended before it had taken over, the others go on", { worker: place.index, exitCode });
      if (!place.current) startLater(place, exitCode);
      return false;
    } catch (error) {
      log.error("a new worker cannot be started, the others go on", { worker: place.index, error });
      return false;
    } finally {
      place.isHandedOver = false;
    }
  }

  function look(): void {
    for (const { index, current } of places) {
      if (current?.readyAtMs === undefined || current.silentFor++ < MAX_SILENT) continue;
      log.error("a worker is hung, and is killed", { worker: index, pid: current.process.pid });
      current.process.kill("SIGKILL");
    }
  }

  return {
    async start() {
      const { promise, resolve } = Promise.withResolvers<number | undefined>();
      looking = clock.every(ALIVE_INTERVAL_MS, look);
      let waiting = count;
      for (const place of places) {
        place.current = launch(place, false);
        void place.current.served.then((exitCode) => {
          if (exitCode !== undefined || --waiting === 0) resolve(exitCode);
        });
      }
      const failed = await promise;
      isSteady = failed === undefined;
      return failed;
    },
    reload() {
      for (const { current } of places) {
        if (current?.readyAtMs === undefined) continue;
        current.isReloading = true;
        current.process.kill("SIGHUP");
      }
      onChange();
    },
    async renew() {
      for (const place of places) {
        // One that starts is a new one.
        if (place.current?.readyAtMs === undefined) continue;
        if (isStopping || !(await renewPlace(place))) return;
      }
    },
    async stop() {
      isStopping = true;
      for (const { retry } of places) retry?.[Symbol.dispose]();
      const serving = places.flatMap(({ current }) => current?.process.exited ?? []);
      for (const { process } of running) process.stop();
      const codes = await Promise.all(serving);
      await Promise.all([...running].map(({ process }) => process.exited));
      looking?.[Symbol.dispose]();
      return codes.find((code) => code !== 0) ?? 0;
    },
    kill() {
      for (const { process } of running) process.kill("SIGKILL");
    },
    isReloading: () => places.some(({ current }) => current?.isReloading),
    status: () => toStatus(places),
  };
}

function toStatus(places: readonly Place[]): string {
  const serving = places.flatMap(({ index, current }) =>
    current?.readyAtMs === undefined ? [] : [{ index, status: current.status }],
  );
  const isOne = new Set(serving.map(({ status }) => status)).size === 1;
  const statuses = isOne ? [serving[0]?.status] : serving.map(({ index, status }) => `worker ${index} ${status}`);
  return `${serving.length} of ${places.length} workers serve: ${statuses.join("; ")}`;
}
