import { describe, expect, test } from "bun:test";
import { createCustomerFeed } from "../../src/config/customer-feed.ts";
import { createLogger } from "../../src/log.ts";
import { createVirtualClock } from "../../src/sim/virtual-clock.ts";
import { createCustomer } from "../world.ts";

function start(updateFunction: () => Promise<unknown>, intervalMs = 10_000) {
  const clock = createVirtualClock();
  const lines: string[] = [];
  const taken: number[] = [];
  const log = createLogger({ level: "INFO", format: "json", write: (line) => lines.push(line) });
  const onCustomers = (customers: readonly unknown[]) => taken.push(customers.length);
  const feed = createCustomerFeed({
    updateFunction,
    intervalMs,
    allowEmpty: false,
    clock,
    log,
    hasCustomers: () => taken.length > 0,
    onCustomers,
  });
  /** Lets time pass, and what then settles settle. */
  const sleep = async (ms: number) => {
    await clock.sleep(ms);
    await Bun.sleep(0);
  };
  return { feed, lines, taken, sleep };
}

describe("the feed of customers", () => {
  test("gives up a call that does not answer within 30 s, says so, and tries again", async () => {
    let calls = 0;
    const { feed, lines, taken, sleep } = start(() =>
      ++calls === 1 ? new Promise(() => {}) : Promise.resolve([createCustomer("a").entry]),
    );
    await sleep(29_999);
    expect([calls, lines]).toEqual([1, []]);
    await sleep(1);
    expect(lines).toMatchObject([expect.stringContaining("no answer within 30 s")]);
    await sleep(10_000);
    expect([calls, taken]).toEqual([2, [1]]);
    feed[Symbol.dispose]();
  });

  test("never overlaps itself", async () => {
    let running = 0;
    let most = 0;
    const { feed, sleep } = start(async () => {
      most = Math.max(most, ++running);
      await Bun.sleep(1);
      running--;
      return [];
    }, 1);
    for (let i = 0; i < 20; i++) await sleep(1);
    feed[Symbol.dispose]();
    expect(most).toBe(1);
  });

  test("hands nothing on after it was disposed of", async () => {
    const { feed, taken } = start(async () => [createCustomer("a").entry]);
    feed[Symbol.dispose]();
    await feed.firstAttempt;
    expect(taken).toEqual([]);
  });
});
