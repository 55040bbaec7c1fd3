import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createTokenBuckets } from "../../src/rates/token-buckets.ts";
import { createVirtualClock } from "../../src/sim/virtual-clock.ts";

function create(perSecond: number, burst: number, max?: number) {
  const clock = createVirtualClock();
  return { clock, buckets: createTokenBuckets({ perSecond, burst }, clock.now, max) };
}

describe("a bucket", () => {
  test("holds a burst, says how long a token takes, and takes none where there is none", async () => {
    const { clock, buckets } = create(2, 3);
    expect([1, 2, 3].map(() => buckets.take("a"))).toEqual([0, 0, 0]);
    expect([buckets.take("a"), buckets.take("a"), buckets.peek("a")]).toEqual([500, 500, 500]);
    await clock.sleep(200);
    expect(buckets.take("a")).toBeCloseTo(300, 6);
    await clock.sleep(300);
    expect([buckets.take("a"), buckets.take("a")]).toEqual([0, 500]);
  });

  test("fills up to its burst and no further", async () => {
    const { clock, buckets } = create(2, 3);
    buckets.take("a");
    await clock.sleep(3_600_000);
    expect([1, 2, 3, 4].map(() => buckets.take("a") === 0)).toEqual([true, true, true, false]);
  });

  test("is its own", () => {
    const { buckets } = create(1, 1);
    expect([buckets.take("a"), buckets.take("b"), buckets.take("a")]).toEqual([0, 0, 1_000]);
  });

  test("that is charged owes what it has not, and at most a burst", async () => {
    const { clock, buckets } = create(1, 5);
    for (let i = 0; i < 1_000; i++) buckets.charge("a");
    expect(buckets.peek("a")).toBe(6_000);
    await clock.sleep(6_000);
    expect(buckets.peek("a")).toBe(0);
  });

  test("gives out what a counter of tokens would, whatever the rate and the times", async () => {
    const steps = fc.array(fc.record({ waitMs: fc.integer({ min: 0, max: 3_000 }), key: fc.constantFrom("a", "b") }), {
      maxLength: 200,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0.5, 1, 3, 7, 1_000),
        fc.integer({ min: 1, max: 20 }),
        steps,
        async (perSecond, burst, all) => {
          const { clock, buckets } = create(perSecond, burst);
          const model = new Map<string, { tokens: number; at: number }>();
          for (const { waitMs, key } of all) {
            await clock.sleep(waitMs);
            const known = model.get(key) ?? { tokens: burst, at: clock.now() };
            const tokens = Math.min(burst, known.tokens + ((clock.now() - known.at) * perSecond) / 1_000);
            const isThere = tokens >= 1 - 1e-6;
            model.set(key, { tokens: isThere ? tokens - 1 : tokens, at: clock.now() });
            expect(buckets.take(key) === 0).toBe(isThere);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("a table of buckets", () => {
  test("keeps no more than it may, whoever comes", () => {
    const { buckets } = create(1, 20, 1_000);
    for (let i = 0; i < 100_000; i++) buckets.charge(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    expect(buckets.size()).toBe(1_000);
  });

  test("gives up those first that are full, then those that would be first: an empty one outlives a flood", async () => {
    const { clock, buckets } = create(1, 20, 1_000);
    for (let i = 0; i < 20; i++) buckets.charge("attacker");
    for (let i = 0; i < 100_000; i++) buckets.charge(`flood ${i}`);
    expect(buckets.peek("attacker")).toBe(1_000);
    await clock.sleep(500);
    for (let i = 0; i < 100_000; i++) buckets.take(`another flood ${i}`);
    expect(buckets.peek("attacker")).toBe(500);
  });

  test("forgets an empty one only to others that are as empty: as many as it holds, each of them used up", () => {
    const { buckets } = create(1, 20, 100);
    for (let i = 0; i < 20; i++) buckets.charge("attacker");
    const use = (name: string, tokens: number) => {
      for (let i = 0; i < tokens; i++) buckets.charge(name);
    };
    for (let i = 0; i < 100; i++) use(`other ${i}`, 19);
    expect(buckets.peek("attacker")).toBe(1_000);
    for (let i = 0; i < 100; i++) use(`other ${i}`, 21);
    expect(buckets.peek("attacker")).toBe(0);
  });

  test("shrinks when what is in it has become full", async () => {
    const { clock, buckets } = create(1, 20, 1_000);
    for (let i = 0; i < 1_000; i++) buckets.charge(`flood ${i}`);
    await clock.sleep(60_000);
    for (let i = 0; i < 600; i++) buckets.charge("the same one");
    expect(buckets.size()).toBe(999);
    for (let i = 0; i < 600; i++) buckets.charge(`${i}`);
    expect(buckets.size()).toBe(601);
  });
});
