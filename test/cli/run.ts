import { tmpdir } from "node:os";
import { main } from "../../src/cli/main.ts";
import { type Clock, systemClock } from "../../src/clock.ts";
import { expectNoSecrets } from "../secrets.ts";
import { createSilentIo } from "./silent-io.ts";

/** What a command line came to. */
export interface RunResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A command that is running. */
export interface Running {
  readonly result: Promise<RunResult>;
  readonly stop: () => void;
  /** Sends what SIGHUP sends. */
  readonly hangUp: () => void;
  /** Fails as something does that nobody waits for. */
  readonly strayError: (error: unknown) => void;
  /** Standard output so far. */
  readonly out: () => string;
  /** Waits until standard output matches. */
  readonly waitFor: (pattern: RegExp) => Promise<RegExpMatchArray>;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  readonly isTerminal?: boolean;
  readonly columns?: number;
  readonly clock?: Clock;
}

/** Starts a command line in this process. */
export function start(
  argv: readonly string[],
  { cwd = tmpdir(), env = {}, isTerminal = false, columns, clock = systemClock }: RunOptions = {},
): Running {
  const stop = new AbortController();
  let out = "";
  let err = "";
  const waiting = new Set<() => void>();
  const hangups = new Set<() => void>();
  const reports = new Set<(error: unknown) => void>();
  const io = createSilentIo({
    out(text) {
      out += text;
      for (const look of waiting) look();
    },
    err: (text) => {
      err += text;
    },
    env,
    cwd,
    isTerminal,
    columns: () => columns,
    clock,
    stopped: stop.signal,
    onHangup(reload) {
      hangups.add(reload);
      return { [Symbol.dispose]: () => void hangups.delete(reload) };
    },
    onStrayError(report) {
      reports.add(report);
    },
  });
  return {
    result: main(argv, io).then((code) => {
      // What other commands print is for the person who called them.
      if (argv[0] === "serve") expectNoSecrets(out + err);
      return { code, out, err };
    }),
    stop: () => stop.abort(),
    hangUp() {
      for (const reload of hangups) reload();
    },
    strayError(error) {
      for (const report of reports) report(error);
    },
    out: () => out,
    waitFor: (pattern) =>
      new Promise((resolve) => {
        const look = () => {
          const match = out.match(pattern);
          if (!match) return;
          waiting.delete(look);
          resolve(match);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** Runs a command line in this process to its end. */
export function run(argv: readonly string[], options?: RunOptions): Promise<RunResult> {
  return start(argv, options).result;
}
