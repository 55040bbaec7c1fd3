import type { ResolvedConfig } from "../config/load.ts";
import type { ServiceNotifier } from "../systemd/notify.ts";
import { CommandError, EXIT, type Io } from "./io.ts";
import {
  ALIVE_INTERVAL_MS,
  type Assignment,
  parseSupervisorMessage,
  WORKER_VARIABLE,
  type WorkerMessage,
} from "./worker-messages.ts";

/** A worker's end of the channel to its supervisor, until disposed. */
export interface WorkerLink extends Disposable {
  readonly assignment: Assignment;
  /** Aborted when the supervisor asks this process to end, or is gone itself. */
  readonly stopped: AbortSignal;
  /** Tells the supervisor what others tell the service manager. */
  readonly notifier: ServiceNotifier;
}

/** What a process has of a channel to the one that started it. */
export interface ParentChannel {
  readonly connected: boolean;
  readonly send?: (message: unknown) => unknown;
  readonly on: (event: string, listener: (message: unknown) => void) => unknown;
  readonly off: (event: string, listener: (message: unknown) => void) => unknown;
  readonly disconnect?: () => void;
  readonly exit: (code: number) => void;
}

/** Exit code of a process that SIGTERM ended. */
const TERMINATED = 143;

/**
 * Joins the supervisor that started this process, if one did; resolves when it was told what it is to do. Throws a CommandError
 * if the supervisor is gone by then.
 */
export async function joinSupervisor(io: Io, channel: ParentChannel = process): Promise<WorkerLink | undefined> {
  if (io.env[WORKER_VARIABLE] === undefined) return undefined;
  const gone = new CommandError(EXIT.temporary, `${WORKER_VARIABLE} is set, and there is no supervisor, or no more`);
  if (!channel.connected) throw gone;
  const stop = new AbortController();
  const { promise: assigned, resolve: assign, reject } = Promise.withResolvers<Assignment>();
  const onMessage = (message: unknown): void => {
    const known = parseSupervisorMessage(message);
    if (known?.type === "assignment") assign(known);
    if (known?.type === "stop") stop.abort();
  };
  const onDisconnect = (): void => {
    reject(gone);
    // Nobody is there to ask a second time.
    if (stop.signal.aborted || io.stopped.aborted) channel.exit(TERMINATED);
    stop.abort();
  };
  channel.on("message", onMessage);
  channel.on("disconnect", onDisconnect);
  const assignment = await assigned;
  const send = (message: WorkerMessage): void => {
    if (channel.connected) channel.send?.(message);
  };
  const alive = io.clock.every(ALIVE_INTERVAL_MS, () => send({ type: "alive" }));
  return {
    assignment,
    stopped: stop.signal,
    notifier: createNotifier(send),
    [Symbol.dispose]() {
      alive[Symbol.dispose]();
      channel.off("message", onMessage);
      channel.off("disconnect", onDisconnect);
      if (channel.connected) channel.disconnect?.();
    },
  };
}

function createNotifier(send: (message: WorkerMessage) => void): ServiceNotifier {
  return {
    ready: (status) => send({ type: "ready", status }),
    reloading: () => send({ type: "reloading" }),
    stopping: (ms) => send({ type: "stopping", ms }),
    status: (status) => send({ type: "status", status }),
    // The service is the supervisor, whoever its workers are.
    mainPid() {},
    [Symbol.dispose]() {},
  };
}

/** The config that a worker starts with: what counts only at a start is as the supervisor has it, whatever was written since. */
export function toWorkerConfig(
  { metrics: _written, ...config }: ResolvedConfig,
  { stateDir, state, metrics, workers }: Assignment,
): ResolvedConfig {
  return { ...config, stateDir, state, workers, ...(metrics && { metrics }) };
}
