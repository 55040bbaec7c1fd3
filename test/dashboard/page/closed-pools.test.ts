import { describe, expect, test } from "bun:test";
import type { FeedServer } from "../../../src/dashboard/feed.ts";
import { findClosedPools, tellClosedPool } from "../../../src/dashboard/page/model/closed-pools.ts";
import { createFeedServer } from "./feed-fixture.ts";

const find = (pools: readonly string[], servers: readonly Partial<FeedServer>[]) =>
  findClosedPools({
    pools,
    servers: new Map(
      servers.map((given, index) => {
        const server = createFeedServer({ endpoint: `sfu${index}:4433`, ...given });
        return [server.id, server];
      }),
    ),
  });

describe("pools that take no new rooms", () => {
  test("are those whose servers all drain, are silent, hold no key or have not reported yet", () => {
    const states = ["draining", "disabled", "keyless", "registered"] as const;
    const out = states.map((state) => ({ state }));
    expect(find(["default"], out)).toEqual(["default"]);
    expect(find(["default"], [...out, { state: "enabled" }])).toEqual([]);
  });

  test("are none whose servers are full, as those take rooms if there is no other", () => {
    expect(find(["default"], [{ state: "draining" }, { state: "full" }])).toEqual([]);
  });

  test("are told apart: a server takes rooms for its own pool only", () => {
    const servers = [{ state: "draining" }, { pool: "premium" }] as const;
    expect(find(["default", "premium"], servers)).toEqual(["default"]);
  });

  test("are also those whose last server is gone, but none before the first has come", () => {
    expect(find(["default", "premium"], [{}])).toEqual(["premium"]);
    expect(find(["default", "premium"], [])).toEqual([]);
  });

  test("are told by what players notice", () => {
    expect(tellClosedPool("default")).toBe(
      "No server of pool default takes new rooms: players who open one are refused.",
    );
  });
});
