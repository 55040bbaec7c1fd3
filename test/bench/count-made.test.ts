import { describe, expect, test } from "bun:test";
import { countMade } from "../../bench/count-made.ts";
import { createBenchGateway, reportServers, signCustomerToken } from "../../bench/fixture.ts";
import { SIGNATURES_AT_ONCE } from "../../src/auth/signatures.ts";
import { createVirtualClock } from "../../src/sim/virtual-clock.ts";

const PEER = { address: "10.0.0.1", port: 40_000 };
const WARM_UP = 300;
const COUNTED = 200;

describe("what work makes", () => {
  test("is counted for each item", async () => {
    const made = await countMade(
      async () => [1, 2, 3],
      async (item) => [new Map([[item, item]]), new Map()],
    );
    expect(made.get("Map")).toBe(2);
  });

  test("is counted anew where something was collected meanwhile, and not for ever", async () => {
    let attempts = 0;
    const prepare = async () => Array.from({ length: COUNTED }, () => ++attempts);
    const collectUntil = (last: number) => async (attempt: number) => {
      if (attempt % COUNTED === COUNTED / 2 && attempt < last) Bun.gc(true);
      return new Map();
    };
    expect((await countMade(prepare, collectUntil(2 * COUNTED))).get("Map")).toBe(1);
    expect(attempts).toBe(3 * COUNTED);
    await expect(countMade(prepare, collectUntil(Number.POSITIVE_INFINITY))).rejects.toThrow("in each of 5 attempts");
  });
});

describe("a Connect", () => {
  test("passes through no more async functions than it has to, each of which makes five objects or six", async () => {
    const clock = createVirtualClock();
    await using gateway = createBenchGateway(clock, undefined, SIGNATURES_AT_ONCE);
    await reportServers(gateway, 2, 2);
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "Connect", params: {} });
    let next = 0;
    const prepare = (count: number) =>
      Promise.all(
        Array.from({ length: count }, async () => {
          const user = `user-${next++}`;
          const token = await signCustomerToken({ room: `room-of-${user}`, user, nowMs: clock.wall() });
          const headers = { authorization: `Bearer ${token}`, "content-length": String(body.length) };
          return new Request("http://gateway.test/", { method: "POST", headers, body });
        }),
      );
    const connect = (request: Request) => gateway.fetch(request, PEER, "POST /");
    for (const request of await prepare(WARM_UP)) expect((await connect(request)).status).toBe(200);
    const made = await countMade(() => prepare(COUNTED), connect);
    const kinds = ["Response", "AsyncFunctionGenerator", "Promise"];
    expect(kinds.map((kind) => [kind, made.get(kind)])).toEqual([
      ["Response", 1],
      ["AsyncFunctionGenerator", 4],
      ["Promise", 6],
    ]);
  });
});
