import { RpcError } from "../errors.ts";
import { countChanges, putChangesBack, takeChanges } from "../fleet/changes.ts";
import { toSavedChanges } from "../fleet/saved-state.ts";
import type { Fleet } from "../fleet/state.ts";
import type { StateWriter } from "./state-writer.ts";

/** Keeps a fleet's state on disk while it changes. */
export interface Keeper extends AsyncDisposable {
  /** To be called after every transition: writes soon where much has changed. */
  readonly noteChanges: () => void;
  /** To be called a few times a second: writes what has changed since. */
  readonly flush: () => void;
  /** Resolves when all that has changed until now is kept; rejects with `notKept` if it could not be. */
  readonly kept: () => Promise<void>;
}

/** What became of an attempt to keep the state. */
export type KeepOutcome = { readonly kept: true } | { readonly kept: false; readonly reason: string };

/** So many changes are written at once, so that no write takes long to prepare. */
const BATCH = 64;
/** After a failure it is tried again only so often, as `flush` is called. */
const FLUSHES_BETWEEN_ATTEMPTS = 10;

/**
 * Creates the keeper of a fleet. One write is under way at a time, and what changes meanwhile goes into the next; what
 * could not be written stays, and is tried again. `onOutcome` is told when that begins and when it ends.
 */
export function createKeeper(options: {
  fleet: Fleet;
  writer: StateWriter;
  onOutcome: (outcome: KeepOutcome) => void;
}): Keeper {
  const { fleet, writer, onOutcome } = options;
  let underWay: Promise<void> | undefined;
  let isFailing = false;
  let flushesToWait = 0;

  async function write(): Promise<void> {
    const changes = takeChanges(fleet);
    try {
      await writer.write(toSavedChanges(changes));
      if (isFailing) onOutcome({ kept: true });
      isFailing = false;
    } catch (error) {
      putChangesBack(fleet, changes);
      const reason = error instanceof Error ? error.message : String(error);
      if (!isFailing) onOutcome({ kept: false, reason });
      isFailing = true;
      flushesToWait = FLUSHES_BETWEEN_ATTEMPTS;
      throw new RpcError("notKept", { message: `this is in force, but a restart would forget it: ${reason}` });
    } finally {
      underWay = undefined;
    }
  }

  /** Begins to write what has changed, unless something is being written. */
  function begin(): void {
    if (underWay || countChanges(fleet.changes) === 0) return;
    underWay = write();
    // Whoever waits for it hears of a failure; `onOutcome` did in any case.
    underWay.catch(() => {});
  }

  async function kept(): Promise<void> {
    // What is under way does not hold what has changed since.
    if (underWay && countChanges(fleet.changes) > 0) await underWay.catch(() => {});
    begin();
    await underWay;
  }

  return {
    noteChanges() {
      if (!isFailing && countChanges(fleet.changes) >= BATCH) begin();
    },
    flush() {
      if (flushesToWait > 0) flushesToWait--;
      else begin();
    },
    kept,
    async [Symbol.asyncDispose]() {
      await kept().catch(() => {});
      await writer[Symbol.asyncDispose]();
    },
  };
}
