import type { QueueChanges } from "./queue-database.ts";
import type { QueueAnswer, QueueOrder } from "./queue-writing.ts";

/** Writes the messages that wait to disk without holding anybody up, until disposed; in the order in which it is told. */
export interface QueueWriter extends AsyncDisposable {
  /** Resolves when the changes survive a loss of power; rejects with the reason if they could not be written, none of them. */
  readonly write: (changes: QueueChanges) => Promise<void>;
}

/** Where the worker is: entry points of the compiled binary keep the paths that they have in the repository. */
const WORKER = import.meta.url.includes("$bunfs")
  ? "./src/webhooks/queue-writer-worker.ts"
  : "./queue-writer-worker.ts";

/** Creates a writer whose worker owns the database; it starts with the first write, which for most gateways never comes. */
export function createQueueWriter(file: string): QueueWriter {
  let worker: Worker | undefined;
  /** Orders that the worker has not answered yet, oldest first. */
  const pending: PromiseWithResolvers<void>[] = [];

  function settle(error: string | undefined): void {
    const settled = pending.shift();
    if (error === undefined) settled?.resolve();
    else settled?.reject(new Error(error));
  }

  function start(): Worker {
    const started = new Worker(new URL(WORKER, import.meta.url).href);
    started.onmessage = ({ data }: MessageEvent<QueueAnswer>) => settle(data.error);
    started.onerror = ({ message }) => {
      // The next write starts another one.
      worker = undefined;
      while (pending.length > 0) settle(`the thread that writes has ended: ${message}`);
    };
    return started;
  }

  function order(changes: string | undefined): Promise<void> {
    worker ??= start();
    const answer = Promise.withResolvers<void>();
    pending.push(answer);
    worker.postMessage({ file, changes } satisfies QueueOrder);
    return answer.promise;
  }

  return {
    // One text: nothing else goes from thread to thread as cheaply.
    write: (changes) => order(JSON.stringify(changes)),
    async [Symbol.asyncDispose]() {
      if (!worker) return;
      await order(undefined).catch(() => {});
      worker?.terminate();
      worker = undefined;
    },
  };
}
