import type { Logger } from "../log.ts";
import type { KeptMessage } from "./queue-database.ts";
import type { QueueWriter } from "./queue-writer.ts";

/** Keeps messages on disk while they wait. To be disposed when none come or go any more. */
export interface QueueKeeper extends AsyncDisposable {
  readonly noteAdded: (message: KeptMessage) => void;
  readonly noteRemoved: (seq: number) => void;
  /** To be called many times a second: writes what has changed since, unless a write is under way. */
  readonly flush: () => void;
  /** Resolves when what was added until now is on the disk, or cannot be written at the moment. */
  readonly kept: () => Promise<void>;
}

/** After a failure it is tried again after so many flushes. */
const FLUSHES_TO_WAIT = 100;
/** So many messages go to disk in one write. */
const MAX_BATCH = 2_000;

/** Creates a keeper. A message that is delivered before it was written never is; what could not be written is tried again. */
export function createQueueKeeper(writer: QueueWriter, log: Logger): QueueKeeper {
  /** Not written yet. */
  const added = new Map<number, KeptMessage>();
  /** Written, or being written, and of no use any more. */
  const removed = new Set<number>();
  let underWay: Promise<void> | undefined;
  let lastAdded = 0;
  let flushesToWait = 0;
  let isFailing = false;

  async function write(): Promise<void> {
    const newest = [...added.values().take(MAX_BATCH)];
    const gone = [...removed];
    for (const { seq } of newest) added.delete(seq);
    removed.clear();
    try {
      await writer.write({ added: newest, removed: gone });
      if (isFailing) log.info("webhooks' messages are kept again");
      isFailing = false;
    } catch (error) {
      putBack(newest, gone);
      const reason = error instanceof Error ? error.message : String(error);
      if (!isFailing)
        log.error("webhooks' messages cannot be kept: those that wait are lost with a restart", { reason });
      isFailing = true;
      flushesToWait = FLUSHES_TO_WAIT;
    } finally {
      underWay = undefined;
    }
  }

  function putBack(newest: readonly KeptMessage[], gone: readonly number[]): void {
    const later = [...added.values()];
    added.clear();
    for (const message of [...newest, ...later]) if (!removed.delete(message.seq)) added.set(message.seq, message);
    for (const seq of gone) removed.add(seq);
  }

  function begin(): void {
    if (!underWay && added.size + removed.size > 0) underWay = write();
  }

  return {
    noteAdded(message) {
      added.set(message.seq, message);
      lastAdded = message.seq;
    },
    noteRemoved(seq) {
      if (!added.delete(seq)) removed.add(seq);
    },
    flush() {
      if (flushesToWait > 0) flushesToWait--;
      else begin();
    },
    async kept() {
      const newest = lastAdded;
      await underWay;
      for (let [oldest] = added.keys(); oldest !== undefined && oldest <= newest; [oldest] = added.keys()) {
        if (isFailing || flushesToWait > 0) return;
        begin();
        await underWay;
      }
    },
    async [Symbol.asyncDispose]() {
      await underWay;
      isFailing = false;
      do {
        begin();
        await underWay;
      } while (!isFailing && added.size + removed.size > 0);
      await writer[Symbol.asyncDispose]();
    },
  };
}
