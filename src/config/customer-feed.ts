import type { Clock, Random } from "../clock.ts";
import type { Logger } from "../log.ts";
import { type FetchedCustomers, parseFetchedCustomers } from "./customers.ts";
import type { CustomerConfig } from "./customers-schema.ts";

/** Where fetched customers come from, as messages name it. */
export const FETCHED = "customerApi.updateFunction";

const FETCH_DEADLINE_MS = 30_000;
const FIRST_RETRY_MS = 1_000;

/** Calls an operator's `updateFunction` once and reads what it returns; throws if it is bad, or is not there after 30 s. */
export async function fetchCustomers(options: {
  updateFunction: () => Promise<unknown>;
  allowEmpty: boolean;
  clock: Clock;
}): Promise<FetchedCustomers> {
  const late = Promise.withResolvers<never>();
  using _deadline = options.clock.every(FETCH_DEADLINE_MS, () =>
    late.reject(new Error(`no answer within ${FETCH_DEADLINE_MS / 1000} s`)),
  );
  const fetched = await Promise.race([options.updateFunction(), late.promise]);
  return parseFetchedCustomers(fetched, FETCHED, options.allowEmpty);
}

/** Customers that keep coming, until disposed. */
export interface CustomerFeed extends Disposable {
  /** Settles when the first attempt has ended, well or badly. */
  readonly firstAttempt: Promise<void>;
}

/** A call that has not ended yet. */
interface RunningCall {
  readonly startedAt: number;
  /** Whether it was given up, though it goes on. */
  isLate: boolean;
  /** Whether the next call waits for its end. */
  isWaitedFor: boolean;
}

/**
 * Calls an operator's `updateFunction` at once and every `intervalMs`, never twice at a time, and hands on what is good.
 * Whatever is bad is logged, and the last good list stays. Throwing in `onCustomers` counts as bad.
 *
 * After a failure it tries again between the regular times too: 1 s later, then 2 s, 4 s and so on, give or take a quarter,
 * so that gateways that failed together do not come back together. A call that is late has failed, but there is no other
 * before it ends.
 */
export function createCustomerFeed(options: {
  updateFunction: () => Promise<unknown>;
  intervalMs: number;
  allowEmpty: boolean;
  clock: Clock;
  /** Gives numbers in [0, 1). */
  random: Random;
  log: Logger;
  /** Whether there are customers already, which stay when a call goes wrong. */
  hasCustomers: () => boolean;
  onCustomers: (customers: readonly CustomerConfig[]) => void;
}): CustomerFeed {
  const { updateFunction, intervalMs, allowEmpty, clock, random, log, hasCustomers, onCustomers } = options;
  let lastCount: number | undefined;
  let running: RunningCall | undefined;
  let failures = 0;
  let retry: Disposable | undefined;
  let isDisposed = false;
  /** Ends the wait for the call that is running. */
  let giveUp = () => {};

  /** Settles when the call has ended or is given up. */
  async function attempt(): Promise<void> {
    if (isDisposed) return;
    if (running) return waitFor(running);
    retry?.[Symbol.dispose]();
    const own: RunningCall = { startedAt: clock.now(), isLate: false, isWaitedFor: false };
    running = own;
    const call = Promise.try(updateFunction);
    const end = () => {
      running = undefined;
      if (own.isWaitedFor) void attempt();
    };
    call.then(end, end);
    const isGood = await takeOver(call);
    own.isLate = running === own;
    failures = isGood ? 0 : failures + 1;
    if (!isGood && !isDisposed) retryLater();
  }

  /** A call that merely takes its time has its result soon, and then it is the next one's time; a late one has none. */
  function waitFor(call: RunningCall): void {
    if (!call.isLate) return;
    call.isWaitedFor = true;
    const runningSec = Math.round((clock.now() - call.startedAt) / 1000);
    log.error("a call hangs, and there is no other before it ends", { source: FETCHED, runningSec });
  }

  function retryLater(): void {
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), intervalMs) * (0.75 + random() / 2);
    retry = clock.every(delayMs, () => {
      retry?.[Symbol.dispose]();
      void attempt();
    });
  }

  /** Says whether what a call returns was good. */
  async function takeOver(call: Promise<unknown>): Promise<boolean> {
    const over = Promise.withResolvers<never>();
    giveUp = () => over.reject(new Error("nobody wants it any more"));
    const updateFunction = () => Promise.race([call, over.promise]);
    try {
      const { customers, warnings } = await fetchCustomers({ updateFunction, allowEmpty, clock });
      if (isDisposed) return true;
      onCustomers(customers);
      if (customers.length !== lastCount) log.info("the customers were taken over", { customers: customers.length });
      lastCount = customers.length;
      for (const reason of warnings) log.warning("a customer's key was left out", { source: FETCHED, reason });
      return true;
    } catch (error) {
      if (isDisposed) return false;
      const stays = hasCustomers() ? "the last good list stays" : "there are none yet, so clients wait";
      log.error(`the customers could not be taken over: ${stays}`, {
        source: FETCHED,
        reason: error instanceof Error ? error.message : String(error),
      });
      log.debug("why the customers could not be taken over", { error });
      return false;
    }
  }

  const firstAttempt = attempt();
  const timer = clock.every(intervalMs, () => void attempt());
  return {
    firstAttempt,
    [Symbol.dispose]() {
      isDisposed = true;
      timer[Symbol.dispose]();
      retry?.[Symbol.dispose]();
      giveUp();
    },
  };
}
