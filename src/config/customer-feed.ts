import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import { type FetchedCustomers, parseFetchedCustomers } from "./customers.ts";
import type { CustomerConfig } from "./customers-schema.ts";

/** Where fetched customers come from, as messages name it. */
export const FETCHED = "customerApi.updateFunction";

const FETCH_DEADLINE_MS = 30_000;

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

/**
 * Calls an operator's `updateFunction` at once and every `intervalMs`, never twice at a time, and hands on what is good.
 * Whatever is bad is logged, and the last good list stays. Throwing in `onCustomers` counts as bad.
 */
export function createCustomerFeed(options: {
  updateFunction: () => Promise<unknown>;
  intervalMs: number;
  allowEmpty: boolean;
  clock: Clock;
  log: Logger;
  /** Whether there are customers already, which stay when a call goes wrong. */
  hasCustomers: () => boolean;
  onCustomers: (customers: readonly CustomerConfig[]) => void;
}): CustomerFeed {
  const { updateFunction, intervalMs, allowEmpty, clock, log, hasCustomers, onCustomers } = options;
  let lastCount: number | undefined;
  let isRunning = false;
  let isDisposed = false;

  async function update(): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    try {
      const { customers, warnings } = await fetchCustomers({ updateFunction, allowEmpty, clock });
      if (isDisposed) return;
      onCustomers(customers);
      if (customers.length !== lastCount) log.info("the customers were taken over", { customers: customers.length });
      lastCount = customers.length;
      for (const reason of warnings) log.warning("a customer's key was left out", { source: FETCHED, reason });
    } catch (error) {
      const stays = hasCustomers() ? "the last good list stays" : "there are none yet, so clients wait";
      log.error(`the customers could not be taken over: ${stays}`, {
        source: FETCHED,
        reason: error instanceof Error ? error.message : String(error),
      });
      log.debug("why the customers could not be taken over", { error });
    } finally {
      isRunning = false;
    }
  }

  const firstAttempt = update();
  const timer = clock.every(intervalMs, () => void update());
  return {
    firstAttempt,
    [Symbol.dispose]() {
      isDisposed = true;
      timer[Symbol.dispose]();
    },
  };
}
