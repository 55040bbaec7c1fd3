import type { Assignment, WorkerMessage } from "../../src/cli/worker-messages.ts";
import type { SpawnWorker } from "../../src/cli/worker-process.ts";

/** A worker that does what the test says. */
export interface FakeWorker {
  readonly assignment: Assignment;
  readonly say: (message: WorkerMessage) => void;
  readonly exit: (code: number) => void;
  /** What it was sent: signals, and `stop`. */
  readonly asked: string[];
}

/** Starts fake workers, and keeps all that were ever started. A worker that is asked to stop ends with `stopCode`, if that is given. */
export function createFakeWorkers(stopCode?: number): { readonly spawn: SpawnWorker; readonly all: FakeWorker[] } {
  const all: FakeWorker[] = [];
  const spawn: SpawnWorker = (assignment, say) => {
    const { promise: exited, resolve: exit } = Promise.withResolvers<number>();
    const asked: string[] = [];
    all.push({ assignment, say, exit, asked });
    return {
      pid: 1000 + all.length,
      exited,
      stop() {
        asked.push("stop");
        if (stopCode !== undefined) exit(stopCode);
      },
      kill(signal) {
        asked.push(signal);
        if (signal === "SIGKILL") exit(137);
      },
    };
  };
  return { spawn, all };
}

/** Lets what is settled be noticed. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
