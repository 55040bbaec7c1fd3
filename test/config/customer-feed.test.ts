import { describe, expect, test } from "bun:test";
import type { Random } from "../../src/clock.ts";
import { createCustomerFeed } from "../../src/config/customer-feed.ts";
import { createLogger } from "../../src/log.ts";
import { createVirtualClock, type VirtualClock } from "../../src/sim/virtual-clock.ts";
import { createCustomer } from "../world.ts";

/** Chance that stands in the middle: delays are as they are named. */
const MIDDLE = () => 0.5;

function start(updateFunction: (clock: VirtualClock) => Promise<unknown>, intervalMs = 10_000, random = MIDDLE) {
  const clock = createVirtualClock();
  const lines: string[] = [];
  const taken: number[] = [];
  const log = createLogger({ level: "INFO", format: "json", write: (line) => lines.push(line) });
  const onCustomers = (customers: readonly unknown[]) => taken.push(customers.length);
  const feed = createCustomerFeed({
    updateFunction: () => updateFunction(clock),
    intervalMs,
    allowEmpty: false,
    clock,
    random,
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
  test("waits for nothing and says nothing any more when it was disposed of, though a call hangs", async () => {
    const { feed, lines, sleep } = start(() => new Promise(() => {}));
    feed[Symbol.dispose]();
    await feed.firstAttempt;
    await sleep(60_000);
    expect(lines).toEqual([]);
  });

  test("gives up a call that does not answer within 30 s, says so, and calls again when it has ended", async () => {
    let calls = 0;
    const first = Promise.withResolvers<unknown>();
    const { feed, lines, taken, sleep } = start(() =>
      ++calls === 1 ? first.promise : Promise.resolve([createCustomer("a").entry]),
    );
    await sleep(29_999);
    expect([calls, lines]).toEqual([1, []]);
    await sleep(1);
    expect(lines).toMatchObject([expect.stringContaining("no answer within 30 s")]);
    await feed.firstAttempt;
    await sleep(1_000);
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[1] ?? "")).toMatchObject({ msg: expect.stringContaining("a call hangs"), runningSec: 31 });
    await sleep(9_000);
    expect([calls, lines.length, taken]).toEqual([1, 3, []]);
    first.resolve([]);
    await sleep(0);
    expect([calls, taken]).toEqual([2, [1]]);
    await sleep(9_999);
    expect(calls).toBe(2);
    await sleep(1);
    expect(calls).toBe(3);
    feed[Symbol.dispose]();
  });

  test("after a call that was late waits until it is time again, if there is time", async () => {
    let calls = 0;
    const first = Promise.withResolvers<unknown>();
    const { feed, sleep } = start(() => (++calls === 1 ? first.promise : Promise.resolve([])), 60_000);
    await sleep(30_000);
    first.reject(new Error("gone"));
    await sleep(999);
    expect(calls).toBe(1);
    await sleep(1);
    expect(calls).toBe(2);
    feed[Symbol.dispose]();
  });

  /** The seconds at which there were calls, in that many seconds, where the calls of `bad` fail. */
  async function callTimes(options: {
    bad: (call: number) => boolean;
    sec: number;
    intervalMs: number;
    random?: Random;
  }) {
    const times: number[] = [];
    const { feed, sleep } = start(
      async (clock) => {
        times.push((clock.now() - startedAt) / 1000);
        if (options.bad(times.length)) throw new Error("no database");
        return [createCustomer("a").entry];
      },
      options.intervalMs,
      options.random,
    );
    await feed.firstAttempt;
    for (let ms = 0; ms < options.sec * 1000; ms += 250) await sleep(250);
    feed[Symbol.dispose]();
    await sleep(100_000);
    return times;
  }
  const startedAt = createVirtualClock().now();

  test("tries again 1, 2, 4, 8 … seconds after failures, and at the regular times, until it is disposed", async () => {
    const times = await callTimes({ bad: () => true, sec: 130, intervalMs: 60_000 });
    expect(times).toEqual([0, 1, 3, 7, 15, 31, 60, 120]);
  });

  test("goes back to the regular times after a success, and begins anew after the next failure", async () => {
    const times = await callTimes({ bad: (call) => [1, 2, 5, 6, 7].includes(call), sec: 45, intervalMs: 20_000 });
    expect(times).toEqual([0, 1, 3, 20, 40, 41, 43]);
  });

  test("is never slower than the regular times, however short", async () => {
    expect(await callTimes({ bad: () => true, sec: 2, intervalMs: 500 })).toEqual([0, 0.5, 1, 1.5, 2]);
  });

  test("spreads its attempts by a quarter", async () => {
    const first = async (random: Random) =>
      (await callTimes({ bad: () => true, sec: 2, intervalMs: 60_000, random }))[1];
    expect([await first(() => 0), await first(() => 0.999)]).toEqual([0.75, expect.closeTo(1.25, 2)]);
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
