import { expect, test } from "bun:test";
import { drainServer } from "../../src/fleet/drain.ts";
import { explainPlacement } from "../../src/fleet/explain.ts";
import { registerServer } from "../../src/fleet/servers.ts";
import { connect, createTestFleet, report } from "./fixture.ts";

test("explains of every server of the pool what speaks for it, and why it was left out", () => {
  const fleet = createTestFleet({ pools: ["default", "eu"] });
  const more = { version: "1", reportIntervalMs: 5_000, capacity: {}, keys: [] };
  registerServer(fleet, { pool: "default", endpoint: "new", tags: [], ...more }, 0);
  for (const [endpoint, load] of [
    ["light", 0.2],
    ["light2", 0.2],
    ["full", 0.99],
    ["drained", 0.1],
    ["plain", 0.1],
  ] as const) {
    const tags = endpoint === "plain" ? [] : ["big"];
    registerServer(fleet, { pool: "default", endpoint, tags, ...more }, 0);
    report(fleet, endpoint, {}, 0, { load, clients: 500 * load });
  }
  report(fleet, "elsewhere", {}, 0, { pool: "eu" });
  drainServer(fleet, { endpoint: "drained" }, 0);
  connect(fleet, "a", "u", 0, { tags: ["big"], preferredServer: "light" });

  const query = { pool: "default", namespace: "acme", room: "a", tags: ["big"] };
  const { host, expectedPeers, candidates } = explainPlacement(fleet, query, 1_000);
  expect({ host, expectedPeers }).toEqual({ host: "light", expectedPeers: 1 });
  expect(candidates.map(({ endpoint, leftOut, weight }) => [endpoint, leftOut, weight > 0])).toEqual([
    ["new", "registered", false],
    ["light", undefined, true],
    ["light2", undefined, true],
    ["full", "load", false],
    ["drained", "draining", false],
    ["plain", "tags", false],
  ]);
  expect(candidates[1]).toMatchObject({ reportedLoad: 0.2, reportAgeMs: 1_000, clients: 100, pending: 1, residue: 0 });
  expect(candidates[1]?.estimate).toBeGreaterThan(candidates[2]?.estimate ?? 0);
  expect(explainPlacement(fleet, { pool: "default", tags: [] }, 0).host).toBeUndefined();
});
