import { describe, expect, test } from "bun:test";
import { createCustomer, createWorld } from "../world.ts";

describe("pools", () => {
  const pools = { sfuPools: { available: ["us", "eu"], default: "us" } };

  test("clients get only servers of their pool, and the default pool has two paths", async () => {
    await using world = createWorld(pools);
    await world.report("eu1:4433", [], { path: "/eu/internal" });
    await world.report("us1:4433", [], { path: "/internal" });
    const address = async (path: string) =>
      (await world.call(await world.token("a", "u"), "Connect", {}, path)).body.result.address;
    for (const path of ["/eu", "/eu/"]) expect(await address(path)).toBe("eu1:4433");
    for (const path of ["/", "/us/", "/us"]) expect(await address(path)).toBe("us1:4433");
  });

  test("admin calls and bans act in every pool in which the room lives", async () => {
    await using world = createWorld(pools);
    for (const pool of ["eu", "us"])
      await world.report(`${pool}1:4433`, [{ room: "a", peers: 1 }], { path: `/${pool}/internal` });
    await world.call(await world.token("a", "b"), "RoomClose", { room_id: "a", ban_time: 60 }, "/eu");
    expect((await world.call(await world.token("a", "u"), "Connect", {}, "/us")).body.error.code).toBe(-32013);
    const { body } = await world.report("us1:4433", [{ room: "a", peers: 1 }], { path: "/us/internal" });
    expect(body.result.tasks).toHaveLength(1);
  });

  test("limits are the customer's over all pools", async () => {
    await using world = createWorld(pools, createCustomer("acme", { maxPeers: 1 }));
    for (const pool of ["eu", "us"]) await world.report(`${pool}1:4433`, [], { path: `/${pool}/internal` });
    await world.call(await world.token("a", "u"), "Connect", {}, "/eu");
    expect((await world.call(await world.token("a", "v"), "Connect", {}, "/us")).body.error.code).toBe(-32010);
  });
});
