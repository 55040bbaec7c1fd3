import { type Clock, systemClock } from "../clock.ts";

/** What a command may use of the process that it runs in. */
export interface Io {
  /** Writes to standard output, as it stands. */
  readonly out: (text: string) => void;
  /** Writes to standard error, as it stands. */
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths are relative to. */
  readonly cwd: string;
  /** Whether a person looks at standard output. */
  readonly isTerminal: boolean;
  /** Columns that the terminal has, if it is one. */
  readonly columns: () => number | undefined;
  /** The time that a command waits for and shows. */
  readonly clock: Clock;
  /** Aborted when the process is asked to end. */
  readonly stopped: AbortSignal;
  /** Calls `reload` whenever the process is asked to read its config again (SIGHUP), until disposed. */
  readonly onHangup: (reload: () => void) => Disposable;
  /** Tells of what is thrown or rejected where nobody catches it, which from then on does not end the process. */
  readonly onStrayError: (report: (error: unknown) => void) => void;
  /** Calls `upgrade` whenever the process is asked to have a new one take its place (SIGUSR2), until disposed. */
  readonly onUpgrade: (upgrade: () => void) => Disposable;
  /** Ends the process soon, also if somebody who reads its output has stopped doing so. */
  readonly finish: (exitCode: number) => void;
}

/** How long the output may take to be read when all work is done. */
const FINISH_DEADLINE_MS = 1_000;

/** Exit codes, as sysexits.h has them. */
export const EXIT = {
  ok: 0,
  /** What was asked for is not so: a token that does not verify, a call that the gateway refuses. */
  no: 1,
  usage: 64,
  noInput: 66,
  unavailable: 69,
  software: 70,
  /** Something that passes: another process holds the state. */
  temporary: 75,
  /** The user may not do that. */
  noPermission: 77,
  config: 78,
} as const;

/** Why a command ends without having done its work: one line for the person, and an exit code. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The Io of this process; it is asked to end by SIGINT or SIGTERM, and ends at once when asked a second time. */
export function createProcessIo(): Io {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(128 + (signal === "SIGINT" ? 2 : 15));
      stop.abort();
    });
  }
  // Whoever reads the log may go away, and the disk may be full: that is no reason to stop serving.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    env: process.env,
    cwd: process.cwd(),
    isTerminal: process.stdout.isTTY === true,
    columns: () => process.stdout.columns,
    clock: systemClock,
    stopped: stop.signal,
    onHangup: (reload) => onSignal("SIGHUP", reload),
    onUpgrade: (upgrade) => onSignal("SIGUSR2", upgrade),
    onStrayError(report) {
      for (const event of ["uncaughtException", "unhandledRejection"]) process.on(event, report);
    },
    finish: (exitCode) => void setTimeout(() => process.exit(exitCode), FINISH_DEADLINE_MS).unref(),
  };
}

function onSignal(signal: NodeJS.Signals, callback: () => void): Disposable {
  process.on(signal, callback);
  return { [Symbol.dispose]: () => void process.off(signal, callback) };
}

/** Waits until the process is asked to end, or `ms` milliseconds have passed. */
export async function waitForStop({ clock, stopped }: Pick<Io, "clock" | "stopped">, ms?: number): Promise<void> {
  if (stopped.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => resolve();
  using _timer = ms === undefined ? undefined : clock.every(ms, end);
  stopped.addEventListener("abort", end);
  await promise;
  stopped.removeEventListener("abort", end);
}
