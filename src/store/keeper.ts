import { RpcError } from "../errors.ts";
import {
  boundChanges,
  countChanges,
  includeTraffic,
  markEverything,
  putChangesBack,
  takeChanges,
  UNLIMITED,
  type WriteLimits,
} from "../fleet/changes.ts";
import { toSavedChanges } from "../fleet/saved-state.ts";
import type { Fleet } from "../fleet/state.ts";
import type { StateWriter } from "./state-writer.ts";

/** Keeps a fleet's state on disk while it changes. To be disposed when nothing changes it any more. */
export interface Keeper extends AsyncDisposable {
  /** To be called after every transition: writes soon where much has changed. */
  readonly noteChanges: () => void;
  /** To be called ten times a second: writes what has changed since, and once a second what changes often. */
  readonly flush: () => void;
  /** Resolves when all servers, bans and tasks are kept as they are now; rejects with `notKept` if they could not be. */
  readonly kept: () => Promise<void>;
}

/** What became of the state: `lost` is what a restart forgets, as this process ends without having kept it. */
export type KeepOutcome =
  | { readonly kept: true }
  | { readonly kept: false; readonly reason: string; readonly lost?: number };

/** Every so many flushes, what changes often is written as well. */
const FLUSHES_TO_TRAFFIC = 10;
/** When so much has changed, it is written without waiting for the next flush. */
const BATCH = 128;
/** In one write, so that none takes more than a few milliseconds to prepare. */
const LIMITS: WriteLimits = { groups: 1_000, listedRooms: 10_000 };
/** After a failure it is tried again after so many flushes, twice as many each time … */
const FLUSHES_TO_WAIT = 10;
/** … but not more. */
const MAX_FLUSHES_TO_WAIT = 100;

/**
 * Creates the keeper of a fleet. One write is under way at a time, and what changes meanwhile goes into the next; what
 * could not be written stays, and is tried again. `onOutcome` is told when that begins and when it ends. `clockOffset` is
 * what the machine's clock is ahead of the fleet's, in milliseconds: times are kept as the machine's clock shows them, all
 * of them anew when it was set.
 */
export function createKeeper(options: {
  fleet: Fleet;
  writer: Pick<StateWriter, "write" | typeof Symbol.asyncDispose>;
  clockOffset: () => number;
  onOutcome: (outcome: KeepOutcome) => void;
}): Keeper {
  const { fleet, writer, clockOffset, onOutcome } = options;
  let underWay: Promise<void> | undefined;
  let failure: { readonly reason: string; readonly flushes: number } | undefined;
  let flushesToWait = 0;
  let flushes = 0;
  let offsetMs = clockOffset();
  let limits = LIMITS;
  let isDue = false;
  let isClosed = false;

  async function write(): Promise<void> {
    const changes = takeChanges(fleet, limits);
    try {
      await writer.write(toSavedChanges(changes, offsetMs));
      if (failure) onOutcome({ kept: true });
      failure = undefined;
    } catch (thrown) {
      putChangesBack(fleet, changes);
      boundChanges(fleet);
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      if (!failure) onOutcome({ kept: false, reason });
      const wait = failure ? Math.min(2 * failure.flushes, MAX_FLUSHES_TO_WAIT) : FLUSHES_TO_WAIT;
      failure = { reason, flushes: wait };
      flushesToWait = wait;
      throw notKept(reason);
    } finally {
      underWay = undefined;
    }
  }

  /** Begins to write what has changed, unless something is being written. */
  function begin(): void {
    if (isClosed || underWay || countChanges(fleet.changes) === 0) return;
    underWay = write();
    // Whoever waits for it hears of a failure; `onOutcome` did in any case.
    underWay.then(beginSoon, () => {});
  }

  /** Begins when the answer that is on its way has gone out, if much has changed. */
  function beginSoon(): void {
    if (failure || isDue || countChanges(fleet.changes) < BATCH) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      begin();
    });
  }

  async function kept(): Promise<void> {
    if (failure && flushesToWait > 0) throw notKept(failure.reason);
    // What is under way does not hold what has changed since.
    if (underWay && countChanges(fleet.changes) > 0) await underWay.catch(() => {});
    if (isClosed) throw notKept("the gateway has ended");
    begin();
    await underWay;
  }

  return {
    noteChanges: beginSoon,
    flush() {
      if (clockOffset() !== offsetMs) {
        offsetMs = clockOffset();
        markEverything(fleet);
      }
      if (++flushes % FLUSHES_TO_TRAFFIC === 0) includeTraffic(fleet);
      if (flushesToWait > 0) flushesToWait--;
      else begin();
    },
    kept,
    async [Symbol.asyncDispose]() {
      flushesToWait = 0;
      includeTraffic(fleet);
      limits = UNLIMITED;
      try {
        while (underWay || countChanges(fleet.changes) > 0) await kept();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        onOutcome({ kept: false, reason, lost: countChanges(fleet.changes) });
      }
      isClosed = true;
      await writer[Symbol.asyncDispose]();
    },
  };
}

function notKept(reason: string): RpcError {
  return new RpcError("notKept", { message: `this is in force, but a restart would forget it: ${reason}` });
}
