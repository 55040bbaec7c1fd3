import { describe, expect, test } from "bun:test";
import { createBenchGateway, reportServers, signCustomerToken } from "../../bench/fixture.ts";
import { countMade } from "../../bench/made.ts";
import { createVirtualClock } from "../../src/sim/virtual-clock.ts";

const PEER = { address: "10.0.0.1", port: 40_000 };
const WARM_UP = 300;
const COUNTED = 200;
/** What a Connect makes of what the compiler never does without. */
const MOST = { AsyncFunctionGenerator: 4, Promise: 8 };

test("what work makes is counted for each item", async () => {
  const made = await countMade([1, 2, 3], async (item) => [new Map([[item, item]]), new Map()]);
  expect(made.get("Map")).toBe(2);
});

describe("a Connect", () => {
  test("passes through no more async functions than it has to, each of which makes six objects", async () => {
    const clock = createVirtualClock();
    await using gateway = createBenchGateway(clock);
    await reportServers(gateway, 2, 2);
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "Connect", params: {} });
    const requests = await Promise.all(
      Array.from({ length: WARM_UP + COUNTED }, async (_, i) => {
        const token = await signCustomerToken({ room: `room-${i}`, user: `user-${i}`, nowMs: clock.wall() });
        const headers = { authorization: `Bearer ${token}`, "content-length": String(body.length) };
        return new Request("http://gateway.test/", { method: "POST", headers, body });
      }),
    );
    const connect = (request: Request) => gateway.fetch(request, PEER, "POST /");
    for (const request of requests.slice(0, WARM_UP)) expect((await connect(request)).status).toBe(200);
    const made = await countMade(requests.slice(WARM_UP), connect);
    expect(made.get("Response")).toBe(1);
    expect(made.get("AsyncFunctionGenerator")).toBeLessThanOrEqual(MOST.AsyncFunctionGenerator);
    expect(made.get("Promise")).toBeLessThanOrEqual(MOST.Promise);
  });
});
