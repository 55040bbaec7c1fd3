import { describe, expect, test } from "bun:test";
import type { FleetEvent } from "../../src/fleet/events.ts";
import { countFleetEvent } from "../../src/metrics/count-fleet-event.ts";
import { createMetricsRegistry } from "../../src/metrics/registry.ts";
import { parseExposition } from "./exposition.ts";

const server = { pool: "p", endpoint: "a:1" };

async function countAll(...events: FleetEvent[]) {
  const registry = createMetricsRegistry();
  for (const event of events) countFleetEvent(registry, event);
  const { find } = parseExposition(await registry.toText(() => {}));
  return (name: string) => find(`odin_gateway_${name}_total`);
}

describe("events of the fleet", () => {
  test("that concern many rooms count as many", async () => {
    const find = await countAll(
      { type: "rooms.moved", pool: "p", from: "a:1", to: "b:1", groups: 3 },
      { type: "rooms.refused", server, boundTo: "b:1", rooms: 2 },
    );
    expect([find("rooms_moved"), find("rooms_refused")]).toEqual([[3], [2]]);
  });

  test("tell how often the gateway stood still", async () => {
    expect((await countAll())("stalls")).toEqual([0]);
    expect((await countAll({ type: "fleet.stalled", gapMs: 3_000 }))("stalls")).toEqual([1]);
  });

  test("begin a pool's counters at zero with its first server, and end a server's with it", async () => {
    const find = await countAll({ type: "server.added", server, keys: undefined });
    expect([find("placements"), find("tasks_sent_again"), find("rooms_closed")]).toEqual([[0], [0], [0]]);
    const later = await countAll(
      { type: "server.added", server, keys: undefined },
      { type: "server.removed", server, reason: "silence", undeliveredTasks: 0 },
    );
    expect([later("placements"), later("rooms_closed")]).toEqual([[], [0]]);
  });

  test("of tasks tell sendings from arrivals", async () => {
    const find = await countAll(
      { type: "task.queued", server },
      { type: "tasks.sent", server, first: 4, again: 3, delivered: 2, unconfirmed: 1 },
    );
    expect(
      ["tasks_queued", "tasks_sent", "tasks_sent_again", "tasks_delivered", "tasks_unconfirmed"].map((name) =>
        find(name),
      ),
    ).toEqual([[1], [4], [3], [2], [1]]);
  });
});
