import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import { createDatagramSender, type DatagramSender } from "./libc.ts";

/**
 * Tells the service manager how this process is, until disposed; without one, does nothing. Nothing throws: what cannot
 * be told is one warning in the log. Source: sd_notify(3).
 */
export interface ServiceNotifier extends Disposable {
  /** The start, or a reload, is over; `status` is shown by `systemctl status`. */
  readonly ready: (status?: string) => void;
  /** A reload begins; `ready` has to follow, however it ends. */
  readonly reloading: () => void;
  /** The process is about to end, which may take so long; from now on it is neither ready nor reloading. */
  readonly stopping: (ms: number) => void;
  /** One line for `systemctl status`. */
  readonly status: (text: string) => void;
  /** Another process is the service from now on. */
  readonly mainPid: (pid: number) => void;
}

/** What an end may take beyond what it says. */
const EXTRA_STOP_MS = 15_000;

/** Creates a notifier of the manager that `env` names, and keeps its watchdog quiet while the event loop runs. */
export function createServiceNotifier(
  env: Readonly<Record<string, string | undefined>>,
  { clock, log }: { clock: Clock; log: Logger },
): ServiceNotifier {
  const sender = openSender(env.NOTIFY_SOCKET, log);
  let hasFailed = false;
  let isStopping = false;

  function send(...assignments: readonly string[]): void {
    if (!sender || sender.send(assignments.join("\n")) || hasFailed) return;
    hasFailed = true;
    log.warning("the service manager cannot be told how this process is", { socket: env.NOTIFY_SOCKET });
  }

  const watchdogMs = sender && toWatchdogMs(env);
  const watchdog = watchdogMs === undefined ? undefined : clock.every(watchdogMs / 2, () => send("WATCHDOG=1"));
  const toStatus = (text: string) => `STATUS=${text.replaceAll("\n", " ")}`;

  return {
    ready(status) {
      if (!isStopping) send("READY=1", ...(status === undefined ? [] : [toStatus(status)]));
    },
    reloading() {
      if (!isStopping && sender) send("RELOADING=1", `MONOTONIC_USEC=${sender.monotonicUsec()}`);
    },
    stopping(ms) {
      isStopping = true;
      // A little more, for what has to be written at the end.
      send("STOPPING=1", `EXTEND_TIMEOUT_USEC=${Math.ceil((ms + EXTRA_STOP_MS) * 1_000)}`);
    },
    status: (text) => send(toStatus(text)),
    mainPid: (pid) => send(`MAINPID=${pid}`),
    [Symbol.dispose]() {
      watchdog?.[Symbol.dispose]();
      sender?.[Symbol.dispose]();
    },
  };
}

function openSender(address: string | undefined, log: Logger): DatagramSender | undefined {
  if (address === undefined || address === "") return undefined;
  try {
    return createDatagramSender(address);
  } catch (error) {
    log.warning("the service manager cannot be told how this process is", { socket: address, error });
    return undefined;
  }
}

/**
 * After how much silence the manager takes this process for hung, in milliseconds; undefined if it does not look, or at
 * another process. Source: sd_watchdog_enabled(3), which also advises to speak at half that time.
 */
function toWatchdogMs({ WATCHDOG_USEC = "", WATCHDOG_PID = "" }: Readonly<Record<string, string | undefined>>) {
  if (!/^[1-9]\d*$/.test(WATCHDOG_USEC)) return undefined;
  if (WATCHDOG_PID !== "" && WATCHDOG_PID !== String(process.pid)) return undefined;
  return Number(WATCHDOG_USEC) / 1_000;
}
