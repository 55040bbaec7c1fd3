import type { Clock } from "../clock.ts";
import { ConfigError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { parseFetchedCustomers } from "./customers.ts";
import type { CustomerConfig } from "./customers-schema.ts";

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
  onCustomers: (customers: readonly CustomerConfig[]) => void;
}): CustomerFeed {
  const { updateFunction, intervalMs, allowEmpty, clock, log, onCustomers } = options;
  const source = "customerApi.updateFunction";
  let isRunning = false;
  let isDisposed = false;

  async function update(): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    try {
      const fetched = await updateFunction();
      if (isDisposed) return;
      const { customers, warnings } = parseFetchedCustomers(fetched, source, allowEmpty);
      onCustomers(customers);
      for (const warning of warnings) log.warning("a customer's key was left out", { source, reason: warning });
    } catch (error) {
      if (error instanceof ConfigError)
        log.error("the customers were not taken over, the last good list stays", { reason: error.message });
      else log.error("the customers could not be fetched, the last good list stays", { source, error });
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
