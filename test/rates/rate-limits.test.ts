import { describe, expect, test } from "bun:test";
import { toRpcError } from "../../src/errors.ts";
import type { FleetStore } from "../../src/fleet/store.ts";
import { createLimitedStore } from "../../src/rates/limited-store.ts";
import { createRateLimits, type Rates } from "../../src/rates/rate-limits.ts";
import { createVirtualClock } from "../../src/sim/virtual-clock.ts";

const ONCE = { perSecond: 0.1, burst: 1 };

function create(rates: Rates) {
  const clock = createVirtualClock();
  const refused: string[] = [];
  const limits = createRateLimits(rates, clock.now, (limit) => refused.push(limit));
  const attempt = (act: () => void) => {
    try {
      act();
      return "done";
    } catch (thrown) {
      const { error, status, data } = toRpcError(thrown);
      return `${error} ${status} ${data?.retryAfterSec}`;
    }
  };
  return { clock, limits, refused, attempt };
}

describe("limits", () => {
  test("that are off refuse nobody, and look up no address", () => {
    const { limits, refused } = create({});
    const caller = {
      get address(): string {
        throw new Error("nobody needs it");
      },
    };
    for (let i = 0; i < 1_000; i++) {
      limits.checkAddress("public", caller);
      limits.noteFailure("public", caller);
      limits.takeConnect("acme");
      limits.takeRoomCall("public", "acme", "a");
    }
    expect(refused).toEqual([]);
  });

  test("look up no address as long as nobody has failed too often", async () => {
    const { clock, limits } = create({ failedAuthorizations: { perSecond: 0.1, burst: 2 } });
    const caller = {
      get address(): string {
        throw new Error("nobody needs it");
      },
    };
    limits.noteFailure("public", { address: "192.0.2.1" });
    limits.checkAddress("public", caller);
    limits.noteFailure("public", { address: "192.0.2.1" });
    expect(() => limits.checkAddress("public", caller)).toThrow("nobody needs it");
    await clock.sleep(10_000);
    limits.checkAddress("public", caller);
  });

  test("say in seconds when to come again, at least one, and count what they refuse", async () => {
    const { clock, limits, refused, attempt } = create({ connects: ONCE, roomCalls: { perSecond: 100, burst: 1 } });
    expect(attempt(() => limits.takeConnect("acme"))).toBe("done");
    expect(attempt(() => limits.takeConnect("acme"))).toBe("tooManyRequests 429 10");
    await clock.sleep(1);
    expect(attempt(() => limits.takeConnect("acme"))).toBe("tooManyRequests 429 10");
    await clock.sleep(8_999);
    expect(attempt(() => limits.takeConnect("acme"))).toBe("tooManyRequests 429 1");
    await clock.sleep(1_000);
    expect(attempt(() => limits.takeConnect("acme"))).toBe("done");
    limits.takeRoomCall("public", "acme", "a");
    expect(attempt(() => limits.takeRoomCall("public", "acme", "a"))).toBe("tooManyRequests 429 1");
    expect(refused).toEqual(["connects", "connects", "connects", "roomCalls"]);
  });

  test("tell addresses, sides and rooms apart", () => {
    const { limits, attempt } = create({ failedAuthorizations: ONCE, roomCalls: ONCE });
    limits.noteFailure("public", { address: "2001:db8::1" });
    const check = (side: "public" | "internal", address: string) =>
      attempt(() => limits.checkAddress(side, { address }));
    expect(check("public", "2001:db8::ffff")).toStartWith("tooManyRequests");
    expect(check("public", "2001:db8:0:1::1")).toBe("done");
    expect(check("internal", "2001:db8::1")).toBe("done");
    limits.takeRoomCall("public", "a", "b c");
    const take = (side: "public" | "internal", namespace: string, room: string) =>
      attempt(() => limits.takeRoomCall(side, namespace, room));
    expect(take("public", "a", "b c")).toStartWith("tooManyRequests");
    expect([take("public", "a b", "c"), take("internal", "a", "b c")]).toEqual(["done", "done"]);
  });

  test("go on counting over a reload that leaves their rate as it is, and begin anew where it does not", () => {
    const { limits, attempt } = create({ connects: ONCE, roomCalls: ONCE });
    const state = () => [
      attempt(() => limits.takeConnect("acme")),
      attempt(() => limits.takeRoomCall("public", "a", "a")),
    ];
    expect(state()).toEqual(["done", "done"]);
    limits.reconfigure({ connects: { ...ONCE }, roomCalls: { perSecond: 0.1, burst: 2 } });
    expect(state()).toEqual(["tooManyRequests 429 10", "done"]);
    limits.reconfigure({});
    expect([state(), state()]).toEqual([
      ["done", "done"],
      ["done", "done"],
    ]);
  });
});

test("a limited store counts Connects and every call about a room, does none that is refused, and passes on the rest", () => {
  const done: string[] = [];
  const store = new Proxy({} as FleetStore, {
    ownKeys: () => ["servers", "report"],
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    get: (_, name) => () => void done.push(String(name)),
  });
  const { limits, attempt } = create({ connects: ONCE, roomCalls: ONCE });
  const limited = createLimitedStore(store, limits, "public");
  const target = (room: string) => ({ customer: "acme", namespace: "acme", room, user: "u" });
  const calls: Record<string, (room: string) => unknown> = {
    closeRoom: (room) => limited.closeRoom({ ...target(room), banSec: 0 }),
    updateRoom: (room) => limited.updateRoom({ ...target(room), userData: [] }),
    banClient: (room) => limited.banClient({ ...target(room), banSec: 0 }),
    sendMessage: (room) => limited.sendMessage({ ...target(room), message: [] }),
    removeBan: (room) => limited.removeBan(target(room)),
  };
  for (const [name, call] of Object.entries(calls)) {
    expect([name, attempt(() => call(name)), attempt(() => call(name))]).toEqual([
      name,
      "done",
      "tooManyRequests 429 10",
    ]);
    // All of them draw from one bucket.
    expect(attempt(() => limited.removeBan(target(name)))).toBe("tooManyRequests 429 10");
  }
  for (let i = 0; i < 3; i++) void limited.servers();
  expect(done).toEqual([...Object.keys(calls), "servers", "servers", "servers"]);
});
