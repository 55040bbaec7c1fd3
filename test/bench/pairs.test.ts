import { describe, expect, test } from "bun:test";
import { findBestVariant, runPairs, toMedians } from "../../bench/connect/pairs.ts";
import type { RoundFigures } from "../../bench/connect/rounds.ts";

const VARIANTS = ["sync", "pool", "hybrid"] as const;
const round = (throughput: number, p50 = 1): RoundFigures => ({
  throughput,
  p50,
  p99: 1,
  "p99.9": 1,
  max: 1,
  "CPU per request": 1,
  "main thread per request": 1,
  RSS: 1,
});

describe("rounds of gateway and limit", () => {
  test("alternate, who begins too, and have as many requests as fit into their time", async () => {
    const ran: string[] = [];
    const contestants = {
      async gateway(_load: unknown, requests: number) {
        ran.push(`gateway ${requests}`);
        return round(1_000);
      },
      async limit(_variant: unknown, _load: unknown, requests: number) {
        ran.push(`limit ${requests}`);
        return round(4_000);
      },
    };
    const pairs = await runPairs(contestants, { connections: 1 }, "sync", { rounds: 2, roundMs: 500 });
    expect(ran.slice(2)).toEqual(["gateway 500", "limit 2000", "limit 2000", "gateway 500"]);
    expect(pairs.gateway).toHaveLength(2);
    expect(pairs.limit).toHaveLength(2);
  });

  test("have their middle, metric by metric", () => {
    expect(toMedians([round(1, 9), round(2, 8), round(3, 1)])).toMatchObject({ throughput: 2, p50: 8 });
  });
});

describe("the limit of a load", () => {
  const gateway = async () => round(1);

  test("is the variant with the best round, though others disturbed its other rounds", async () => {
    let calls = 0;
    const limit = async (variant: string) => {
      calls++;
      return round(variant === "pool" ? (calls > 9 ? 300 : 10) : 100);
    };
    expect(await findBestVariant({ gateway, limit }, { connections: 64 }, VARIANTS, 100)).toBe("pool");
  });

  test("is that with the lowest latency in an open loop", async () => {
    const limit = async (variant: string) => round(100, variant === "hybrid" ? 50 : 60);
    const load = { connections: 64, perSecond: 100 };
    expect(await findBestVariant({ gateway, limit }, load, VARIANTS, 100)).toBe("hybrid");
  });
});
