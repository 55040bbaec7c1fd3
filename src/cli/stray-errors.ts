import type { Logger } from "../log.ts";
import type { Io } from "./io.ts";

/** Keeps the process alive when something fails that nobody waits for, and says so. */
export interface StrayErrors extends Disposable {
  /** Logs from now on, and what failed before there was a log; until disposed. */
  readonly logTo: (log: Logger) => void;
}

const MESSAGE =
  "a timer, or a promise that nobody waits for, failed: the config's code or a fault of ours; what runs goes on";

/**
 * Watches for errors that nobody catches. A config is a program: what it leaves running must not end the gateway when it
 * fails, nor change the exit code of a command that has ended. What has no log goes to standard error.
 */
export function watchStrayErrors(io: Io): StrayErrors {
  const early: Error[] = [];
  const write = (error: Error) => io.err(`${MESSAGE}\n${error.stack ?? error.message}\n`);
  let report = (error: Error): unknown => early.push(error);
  io.onStrayError((thrown) => report(toError(thrown)));
  const reportTo = (next: (error: Error) => void) => {
    report = next;
    for (const error of early.splice(0)) report(error);
  };
  return {
    logTo: (log) => reportTo((error) => log.error(MESSAGE, { error })),
    [Symbol.dispose]: () => reportTo(write),
  };
}

/** What was thrown, as an error; the place where we made one of it would mislead. */
function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : Object.assign(new Error(String(thrown)), { stack: String(thrown) });
}
