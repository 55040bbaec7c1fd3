import { describe, expect, test } from "bun:test";
import { createRateLimits } from "../../src/rates/rate-limits.ts";
import { createVirtualClock } from "../../src/sim/virtual-clock.ts";
import { read } from "./fixture.ts";

describe("rateLimits", () => {
  test("are none by default", () => {
    expect(read({}).rateLimits).toEqual({});
  });

  test.each([
    ["generous", 200, 5_000, 100],
    ["strict", 20, 500, 20],
  ] as const)(
    "%p lets through at once %p failures, %p Connects and %p calls about a room",
    (name, failures, connects, roomCalls) => {
      const { rateLimits } = read({ rateLimits: name });
      const limits = createRateLimits(rateLimits, createVirtualClock().now);
      const caller = { address: "192.0.2.1" };
      const acts: [number, () => void][] = [
        [
          failures,
          () => {
            limits.checkAddress("public", caller);
            limits.noteFailure("public", caller);
          },
        ],
        [connects, () => limits.takeConnect("acme")],
        [roomCalls, () => limits.takeRoomCall("public", "acme", "a")],
      ];
      for (const [burst, act] of acts) {
        for (let i = 0; i < burst; i++) act();
        expect(act).toThrow("too many");
      }
    },
  );

  test.each([
    ["lenient", 'rateLimits: must be "generous", "strict" or an object'],
    [{ connects: { perSecond: 0, burst: 1 } }, "rateLimits.connects.perSecond: must be at least 0.001"],
    [{ connects: { perSecond: 1, burst: 0.5 } }, "rateLimits.connects.burst: must be an integer"],
    [{ roomCalls: { perSecond: 1 } }, "rateLimits.roomCalls.burst"],
    [{ conects: { perSecond: 1, burst: 1 } }, "rateLimits.conects"],
    [5, 'rateLimits: must be "generous", "strict" or {'],
  ])("%j is refused with its path", (rateLimits, message) => {
    expect(() => read({ rateLimits } as never)).toThrow(message);
  });
});
