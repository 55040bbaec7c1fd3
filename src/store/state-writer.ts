import type { SavedChanges } from "../fleet/saved-state.ts";
import { setAside } from "./state-file.ts";
import { toText } from "./state-rows.ts";
import type { WriteAnswer, WriteOrder } from "./state-writing.ts";

/** Writes kept state to disk without holding anybody up, until disposed; in the order in which it is told. */
export interface StateWriter extends AsyncDisposable {
  /** Resolves when the changes survive a loss of power; rejects with the reason if they could not be written, none of them. */
  readonly write: (changes: SavedChanges) => Promise<void>;
  /**
   * Moves what is there out of the way, before anything was written, and says what came of that. If it cannot be moved now, it
   * is before the first write.
   */
  readonly setAside: () => string;
}

/** Where the worker is: entry points of the compiled binary keep the paths that they have in the repository. */
const WORKER = import.meta.url.includes("$bunfs") ? "./src/store/state-writer-worker.ts" : "./state-writer-worker.ts";

/**
 * Starts a worker that owns the database: SQLite's calls end when the disk has done its part, and nothing else can happen
 * in a thread meanwhile. `isUnread` has a database that is there set aside before the first write.
 */
export function createStateWriter(found: { file: string; isUnread: boolean }): StateWriter {
  const { file } = found;
  let { isUnread } = found;
  const worker = new Worker(new URL(WORKER, import.meta.url).href);
  /** Orders that the worker has not answered yet, oldest first. */
  const pending: PromiseWithResolvers<void>[] = [];
  let breakdown: string | undefined;
  worker.onmessage = ({ data }: MessageEvent<WriteAnswer>) => settle(data.error);
  worker.onerror = ({ message }) => {
    breakdown = `the thread that writes has ended: ${message}`;
    while (pending.length > 0) settle(breakdown);
  };

  function settle(error: string | undefined): void {
    const settled = pending.shift();
    if (error === undefined) settled?.resolve();
    else settled?.reject(new Error(error));
  }

  function order(changes: string | undefined): Promise<void> {
    if (breakdown !== undefined) return Promise.reject(new Error(breakdown));
    const answer = Promise.withResolvers<void>();
    pending.push(answer);
    worker.postMessage({ file, isUnread, changes } satisfies WriteOrder);
    return answer.promise;
  }

  return {
    write: (changes) => order(toText(changes)),
    setAside() {
      const { isAside, outcome } = setAside(file, `unusable-${Date.now()}`);
      isUnread = !isAside;
      return outcome;
    },
    async [Symbol.asyncDispose]() {
      await order(undefined).catch(() => {});
      breakdown = "it was closed";
      worker.terminate();
    },
  };
}
