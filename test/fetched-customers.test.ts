import { describe, expect, test } from "bun:test";
import { createCustomer, createWorld } from "./world.ts";

describe("customerApi", () => {
  test("keeps clients waiting with 503 until its customers are there, and keeps the last good list", async () => {
    const game = createCustomer("acme");
    let result: unknown = new Error("down");
    const updateFunction = async () => {
      if (result instanceof Error) throw result;
      return result as never;
    };
    await using world = createWorld({ customerApi: { updateFunction, updateInterval: 10 } }, game);
    await world.report("sfu1:4433");
    const connect = async () => (await world.call(await world.token("a", "u"), "Connect")).status;
    await world.gateway.customersTried;
    expect(await connect()).toBe(503);
    const again = async (next: unknown) => {
      result = next;
      await world.clock.sleep(10_000);
      await world.report("sfu1:4433");
      await Bun.sleep(0);
      return connect();
    };
    expect(await again([game.entry])).toBe(200);
    expect(await again([])).toBe(200);
    expect(await again("nonsense")).toBe(200);
    expect(await again(new Error("down again"))).toBe(200);
    expect(await again([createCustomer("another").entry])).toBe(401);
    expect(world.logLines.filter(({ severity }) => severity === "ERROR")).toHaveLength(4);
  });
});
