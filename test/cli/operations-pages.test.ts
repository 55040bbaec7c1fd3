import { describe, expect, test } from "bun:test";
import { listenForOperators } from "./operated-gateway.ts";

describe("commands for operators", () => {
  test("follow pages up to their limit", async () => {
    await using gateway = await listenForOperators();
    await gateway.world.report(
      "sfu1:4433",
      Array.from({ length: 10_500 }, (_, i) => ({ room: `r${i}`, peers: 1 })),
    );
    const last = JSON.parse((await gateway.run("rooms", "--name", "r10499", "--json")).out);
    expect([last.rooms.length, last.isCut]).toEqual([1, false]);
    const some = JSON.parse((await gateway.run("rooms", "--limit", "10", "--json")).out);
    expect([some.rooms.length, some.isCut]).toEqual([10, true]);
    expect((await gateway.run("rooms", "--limit", "10")).out).toStartWith("there are more");
  });

  test("follow the pages of servers and customers, and narrow the servers down", async () => {
    await using gateway = await listenForOperators();
    const rooms = [{ room: "a", peers: 1, namespace: "x", customer: "x" }];
    for (const endpoint of ["sfu2:4433", "other:4433"]) await gateway.world.report(endpoint, rooms);
    const shown = async (...argv: string[]) => JSON.parse((await gateway.run(...argv, "--json")).out);
    expect(await shown("servers")).toMatchObject({
      servers: [{ endpoint: "other:4433" }, { endpoint: "sfu1:4433" }, { endpoint: "sfu2:4433" }],
      isCut: false,
    });
    expect(await shown("servers", "--limit", "2")).toMatchObject({ servers: [{}, {}], isCut: true });
    expect((await shown("servers", "--endpoint", "sfu", "--state", "enabled")).servers).toHaveLength(2);
    expect((await gateway.run("servers", "--limit", "1")).out).toStartWith("there are more");
    expect(await shown("usage", "--limit", "1")).toMatchObject({ customers: [{ customer: "acme" }], isCut: true });
    expect((await gateway.run("usage", "--limit", "1")).out).toStartWith("there are more");
    expect((await gateway.run("usage")).out).toMatch(/^CUSTOMER.*\nacme .*\nx /);
  });
});
