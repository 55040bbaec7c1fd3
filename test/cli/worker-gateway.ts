import { readFileSync } from "node:fs";
import { createTempFolder, type TempFolder } from "../temp-folder.ts";
import { MASTER_KEY_TEXT, USERS } from "../world.ts";

/** Two workers that share nothing yet, and more settings if need be. */
export const workersConfig = (more = "") => `export default {
  logFormat: "json",
  http: { hostname: "127.0.0.1", port: 0 },
  internal: { users: ${JSON.stringify(USERS)} },
  masterKey: "${MASTER_KEY_TEXT}",
  state: { redis: "redis://:redis-password@127.0.0.1:1" },
  workers: 2,
  ${more}
};
`;

/** A supervisor with its workers, in processes of their own; whatever of them is left is killed when disposed. */
export interface WorkerGateway extends AsyncDisposable {
  readonly folder: TempFolder;
  readonly pid: number;
  readonly exited: Promise<number>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** All output so far. */
  readonly log: () => string;
  /** Waits until the output matches, so often. */
  readonly waitFor: (pattern: RegExp, times?: number) => Promise<void>;
  /** Where it listens. */
  readonly url: () => string;
  /** The process that is a worker by now. */
  readonly worker: (index: number) => number;
}

/** Starts one from the sources. */
export function startWorkers(
  text = workersConfig(),
  { args = [], env = {} }: { args?: readonly string[]; env?: Record<string, string> } = {},
): WorkerGateway {
  const folder = createTempFolder({ "gateway.config.ts": text });
  const child = Bun.spawn([process.execPath, `${process.cwd()}/index.ts`, "serve", ...args], {
    cwd: folder.path,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  let isOver = false;
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) log += chunk;
  };
  const reading = Promise.all([read(child.stdout), read(child.stderr)]).then(() => {
    isOver = true;
  });
  const worker = (index: number) => Number(readFileSync(folder.file(`.odin-gateway/worker-${index}/holder.pid`)));
  return {
    folder,
    pid: child.pid,
    // The output ends when the last process ends that has it.
    exited: child.exited.then((code) => reading.then(() => code)),
    kill: (signal) => child.kill(signal),
    log: () => log,
    async waitFor(pattern, times = 1) {
      while ([...log.matchAll(new RegExp(pattern, "g"))].length < times) {
        if (isOver) throw new Error(`it ended without having said ${pattern} ${times} times:\n${log}`);
        await Bun.sleep(10);
      }
    },
    url: () => /"url":"([^"]+\d\/)"/.exec(log)?.[1] ?? "",
    worker,
    async [Symbol.asyncDispose]() {
      for (const pid of [child.pid, ...findChildren(child.pid)]) end(pid);
      await reading;
      folder[Symbol.dispose]();
    },
  };
}

/** Whether a process runs; one that has ended and was not looked after does not. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

function findChildren(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
