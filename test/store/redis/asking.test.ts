import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { createAsking } from "../../../src/store/redis/asking.ts";
import { createStanding } from "../../../src/store/redis/standing.ts";

const JOIN_MS = 2_000;
const TELLING_MS = 1_000;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** A gateway that catches up with a customer, and has waited for two seconds for that. */
async function waitInVain(isTelling: boolean) {
  const standing = createStanding(() => {});
  const caughtUp = Promise.withResolvers<void>();
  standing.opened();
  const canAsk = createAsking(standing, { follow: () => caughtUp.promise, isTelling: () => isTelling });
  const asked = Promise.resolve(canAsk(() => ["acme"]));
  jest.advanceTimersByTime(JOIN_MS);
  // So that it goes on from there.
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  return { asked, caughtUp };
}

test("a call waits no longer for a customer of whom much has to be read still", async () => {
  const { asked } = await waitInVain(false);
  expect(await asked).toBe(false);
});

test("a call waits a little longer for a customer for whom all is read, and only has to be told what was done alone", async () => {
  const { asked, caughtUp } = await waitInVain(true);
  caughtUp.resolve();
  expect(await asked).toBe(true);
});

test("a call does not wait for that for ever", async () => {
  const { asked } = await waitInVain(true);
  jest.advanceTimersByTime(TELLING_MS);
  expect(await asked).toBe(false);
});
