import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { createStanding, type Standing, type StandingKeeper } from "../../../src/store/redis/standing.ts";

/** Longer than a gateway waits for another connection, but not as long as a call waits. */
const PATIENCE_MS = 1_000;
const JOIN_MS = 2_000;
const REASON = "Connection closed";
const nothing = async () => {};

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function create(): { standing: StandingKeeper; modes: Standing["mode"][] } {
  const modes: Standing["mode"][] = [];
  return { modes, standing: createStanding(({ mode }) => modes.push(mode)) };
}

/** One that is joined. */
function createJoined() {
  const created = create();
  created.standing.connected();
  created.standing.opened();
  created.standing.joined();
  return created;
}

test("a gateway that is joined can ask at once, and need not catch up", () => {
  const { standing, modes } = createJoined();
  expect(standing.canAsk(() => Promise.reject(new Error("nobody asked")))).toBe(true);
  expect([standing.isJoined(), standing.isOpen()]).toEqual([true, true]);
  expect(standing.now()).toEqual({ mode: "joined", reason: undefined });
  expect(modes).toEqual(["joined"]);
});

test("a call waits for its own customer only, as soon as it can be caught up with", async () => {
  const { standing } = create();
  standing.connected();
  const caughtUp = Promise.withResolvers<void>();
  const asked = standing.canAsk(() => caughtUp.promise);
  const all = standing.isJoined();
  expect(standing.isOpen()).toBe(false);
  standing.opened();
  caughtUp.resolve();
  expect(await asked).toBe(true);
  expect(standing.isOpen()).toBe(true);
  expect(standing.now().mode).toBe("joining");
  standing.joined();
  expect(await all).toBe(true);
});

test("a call waits for no more than two seconds", async () => {
  const { standing } = create();
  standing.opened();
  const asked = [standing.canAsk(() => new Promise(() => {})), standing.isJoined()];
  jest.advanceTimersByTime(JOIN_MS);
  expect(await Promise.all(asked)).toEqual([false, false]);
});

test("a call that has waited for an answer, until the connection was lost, waits for half of that", async () => {
  const { standing } = create();
  standing.opened();
  const asked = standing.canAsk(() => new Promise(() => {}), true);
  jest.advanceTimersByTime(JOIN_MS / 2);
  expect(await asked).toBe(false);
});

test("a call goes on alone whose customer cannot be caught up with", async () => {
  const { standing } = create();
  standing.opened();
  expect(await standing.canAsk(() => Promise.reject(new Error("too many changes")))).toBe(false);
});

test("a gateway waits a moment for another connection, and then goes on alone", async () => {
  const { standing, modes } = createJoined();
  standing.lost(REASON);
  const asked = standing.canAsk(nothing);
  expect(standing.isOpen()).toBe(false);
  standing.lost("connection refused");
  expect(standing.now()).toEqual({ mode: "rejoining", reason: REASON });
  jest.advanceTimersByTime(PATIENCE_MS);
  expect(await asked).toBe(false);
  expect([standing.canAsk(nothing), standing.isJoined()]).toEqual([false, false]);
  expect(modes).toEqual(["joined", "rejoining", "alone"]);
});

test("a call that came while the connection was lost asks on the next one", async () => {
  const { standing } = createJoined();
  standing.lost(REASON);
  const asked = standing.canAsk(nothing);
  standing.connected();
  standing.opened();
  expect(await asked).toBe(true);
});

test("a call that catches up when the connection is lost catches up on the next one", async () => {
  const { standing } = createJoined();
  standing.lost(REASON);
  standing.connected();
  standing.opened();
  const attempts: PromiseWithResolvers<void>[] = [];
  const asked = standing.canAsk(() => {
    const attempt = Promise.withResolvers<void>();
    attempts.push(attempt);
    return attempt.promise;
  });
  await Promise.resolve();
  standing.joined();
  standing.lost(REASON);
  attempts[0]?.reject(new Error(REASON));
  standing.opened();
  while (attempts.length < 2) await Promise.resolve();
  attempts[1]?.resolve();
  expect(await asked).toBe(true);
});

test("a gateway that has a connection again does not go on alone while it catches up, however long that takes", () => {
  const { standing } = createJoined();
  standing.lost(REASON);
  standing.connected();
  jest.advanceTimersByTime(10 * PATIENCE_MS);
  expect(standing.now().mode).toBe("rejoining");
});

test("a gateway that was alone joins again, and goes on alone at once if the connection does not last", () => {
  const { standing, modes } = create();
  standing.lost("connection refused");
  standing.connected();
  standing.lost(REASON);
  standing.connected();
  standing.failed("too many changes");
  expect(standing.now()).toEqual({ mode: "alone", reason: "too many changes" });
  standing.connected();
  standing.opened();
  standing.joined();
  expect(modes).toEqual(["alone", "rejoining", "alone", "rejoining", "alone", "rejoining", "joined"]);
});
