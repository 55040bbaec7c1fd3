import { type Program, toOwnCommand } from "./relaunch.ts";
import {
  type Assignment,
  parseWorkerMessage,
  type SupervisorMessage,
  WORKER_VARIABLE,
  type WorkerMessage,
} from "./worker-messages.ts";

/** A worker as its supervisor sees it. */
export interface WorkerProcess {
  readonly pid: number;
  /** Its exit code, or 128 and the number of the signal that ended it. */
  readonly exited: Promise<number>;
  /** Asks it to end. */
  readonly stop: () => void;
  readonly kill: (signal: "SIGHUP" | "SIGKILL") => void;
}

/** Starts a worker; throws an Error if the system lets it not. */
export type SpawnWorker = (assignment: Assignment, onMessage: (message: WorkerMessage) => void) => WorkerProcess;

/**
 * Runs this program again as a worker: with the same command line and output, and a channel that tells it when this process
 * ends, however it ends. Where the binary was replaced meanwhile, it is the new one that runs.
 */
export function spawnWorker(
  assignment: Assignment,
  onMessage: (message: WorkerMessage) => void,
  program: Program = process,
): WorkerProcess {
  // It is the supervisor that talks to the service manager.
  const { NOTIFY_SOCKET: _socket, WATCHDOG_USEC: _usec, WATCHDOG_PID: _pid, ...env } = program.env;
  // A process that ends has closed its end of the channel.
  let isOpen = true;
  const child = Bun.spawn(toOwnCommand(program), {
    env: { ...env, [WORKER_VARIABLE]: String(assignment.index) },
    stdio: ["ignore", "inherit", "inherit"],
    serialization: "json",
    onDisconnect() {
      isOpen = false;
    },
    ipc(message) {
      const known = parseWorkerMessage(message);
      if (known) onMessage(known);
    },
  });
  const send = (message: SupervisorMessage) => void child.send(message);
  send({ type: "assignment", ...assignment });
  return {
    pid: child.pid,
    exited: child.exited,
    stop() {
      // One that is killed is gone before its end of the channel is known to be closed.
      if (isOpen && child.exitCode === null && child.signalCode === null) send({ type: "stop" });
    },
    kill: (signal) => child.kill(signal),
  };
}
