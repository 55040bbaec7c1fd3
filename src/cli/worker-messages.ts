import type { ResolvedConfig } from "../config/load.ts";

/** The variable that makes a process a worker: its number, from 0 on. */
export const WORKER_VARIABLE = "ODIN_GATEWAY_WORKER";

/** What a worker is given at its start. What counts only at a start is as it was when the supervisor started. */
export interface Assignment extends Pick<ResolvedConfig, "stateDir" | "state" | "metrics" | "workers"> {
  /** The worker's number, from 0 on. */
  readonly index: number;
  /** The port that all workers share where the config says that any will do. */
  readonly port: number;
  /** Whether the worker takes over from the one of the same number, which still runs. */
  readonly takesOver: boolean;
}

/** What the supervisor tells a worker, as JSON; processes of two versions may talk to each other. */
export type SupervisorMessage =
  | ({ readonly type: "assignment" } & Assignment)
  /** It is to end, as if by SIGTERM; saying so twice is saying it once. */
  | { readonly type: "stop" };

/** What a worker tells its supervisor: the same as it would tell the service manager, and that it is not hung. */
export type WorkerMessage =
  | { readonly type: "ready"; readonly status?: string | undefined }
  | { readonly type: "reloading" }
  | { readonly type: "stopping"; readonly ms: number }
  | { readonly type: "status"; readonly status: string }
  | { readonly type: "alive" };

/** How often a worker says that it is alive. */
export const ALIVE_INTERVAL_MS = 5_000;

/** A message of this program's other end of the channel, which is nobody else's; undefined if it is of a kind not known here. */
export function parseSupervisorMessage(message: unknown): SupervisorMessage | undefined {
  return isOfType(message, ["assignment", "stop"]) ? (message as SupervisorMessage) : undefined;
}

/** The same of a worker. */
export function parseWorkerMessage(message: unknown): WorkerMessage | undefined {
  const types = ["ready", "reloading", "stopping", "status", "alive"];
  return isOfType(message, types) ? (message as WorkerMessage) : undefined;
}

function isOfType(message: unknown, types: readonly string[]): boolean {
  return typeof message === "object" && message !== null && "type" in message && types.includes(String(message.type));
}
