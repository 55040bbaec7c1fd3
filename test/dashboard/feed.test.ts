import { describe, expect, test } from "bun:test";
import { applyEvent, type FleetState } from "../../src/dashboard/page/model/fleet-state.ts";
import { createVirtualClock } from "../../src/sim/virtual-clock.ts";
import { createWorld } from "../world.ts";
import { openFeed } from "./open-feed.ts";

const SECOND = 1_000;
const NO_SERVERS = { enabled: 0, full: 0, draining: 0, disabled: 0, keyless: 0, registered: 0 };

describe("the feed", () => {
  test("tells who comes everything, and then once a second what has changed", async () => {
    await using world = createWorld();
    await world.report("sfu1:4433", [{ room: "lobby", peers: 40 }], { load: 0.25, clients: 40 });
    const watcher = await openFeed(world.gateway);
    expect(await watcher.full()).toEqual({
      kind: "full",
      user: "op",
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      at: world.clock.wall(),
      unready: [],
      pools: ["default"],
      totals: {
        servers: { ...NO_SERVERS, enabled: 1 },
        rooms: 1,
        peers: 40,
        clients: 40,
        customers: 1,
        bans: 0,
        tasksWaiting: 0,
      },
      servers: [
        {
          id: expect.any(String),
          pool: "default",
          endpoint: "sfu1:4433",
          state: "enabled",
          load: 0.25,
          estimate: 0.25,
          clients: 40,
          rooms: 1,
          peers: 40,
          pending: 0,
          tasksWaiting: 0,
          tasksSent: 0,
          version: "1.5.0",
          tags: [],
          lastSeenMs: world.clock.wall(),
          drainUntilMs: null,
          loads: [0.25],
        },
      ],
      ticks: [],
      reload: null,
      webhooks: [],
      auditSeq: 0,
    });

    await world.report("sfu2:4433", [], { load: 1.5 });
    await world.internal("ServerDrain", { endpoint: "sfu1:4433", deadline: 60 }, { user: "op" });
    const drainedAt = world.clock.wall();
    await world.clock.sleep(SECOND);
    const { servers, totals, tick, auditSeq, at } = await watcher.delta();
    expect(servers.map(({ endpoint, state }) => [endpoint, state])).toEqual([
      ["sfu1:4433", "draining"],
      ["sfu2:4433", "full"],
    ]);
    expect(servers.map((server) => "loads" in server)).toEqual([false, false]);
    expect(servers[0]?.drainUntilMs).toBe(drainedAt + 60_000);
    expect(totals.servers).toEqual({ ...NO_SERVERS, draining: 1, full: 1 });
    expect(tick).toEqual({
      at,
      joins: 0,
      refusals: {},
      p50Ms: null,
      p99Ms: null,
      rooms: 1,
      peers: 40,
      pending: 0,
      loads: [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1],
    });
    expect(auditSeq).toBe(1);

    await world.clock.sleep(SECOND);
    expect(await watcher.delta()).toMatchObject({ servers: [], gone: [] });
  });

  test("tells of servers that fall silent, and of those that are gone", async () => {
    await using world = createWorld({ sfuConfig: { removeTimeout: 20 } });
    await world.report("sfu1:4433");
    const watcher = await openFeed(world.gateway);
    const [{ id } = { id: "" }] = (await watcher.full()).servers;
    const deltas = [];
    for (let second = 1; second <= 21; second++) {
      await world.clock.sleep(SECOND);
      deltas.push(await watcher.delta());
    }
    expect(deltas.flatMap(({ servers }) => servers.map(({ state }) => state))).toEqual(["disabled"]);
    expect(deltas.flatMap(({ gone }) => gone)).toEqual([id]);
    expect(deltas.at(-1)?.totals.servers).toEqual(NO_SERVERS);
    expect(deltas.at(-1)?.tick.loads.every((count) => count === 0)).toBe(true);
    expect((await (await openFeed(world.gateway)).full()).servers).toEqual([]);
  });

  test("counts what became of clients' calls in each second, and how long Connects took", async () => {
    const clock = createVirtualClock();
    let now = clock.now();
    // Each look at the clock takes a millisecond.
    await using world = createWorld({}, undefined, { ...clock, now: () => now++ });
    await world.report("sfu1:4433");
    const watcher = await openFeed(world.gateway);
    await watcher.full();
    const token = async (user: string) => world.token("lobby", user);
    await world.call(await token("a"), "Connect");
    await world.call(await token("b"), "Connect");
    await world.call(await world.token(["a", "b"], "c"), "Connect");
    await world.call("nonsense", "Connect");
    await world.call(await token("a"), "RoomUpdate", { room_id: "elsewhere", user_data: [] });
    await clock.sleep(SECOND);
    const { tick } = await watcher.delta();
    expect(tick).toMatchObject({ joins: 2, refusals: { invalidParams: 1, unauthorized: 1 } });
    expect(tick.p50Ms).toBeGreaterThanOrEqual(1);
    expect(tick.p99Ms).toBeGreaterThanOrEqual(tick.p50Ms ?? 0);
    await clock.sleep(SECOND);
    expect((await watcher.delta()).tick).toMatchObject({ joins: 0, refusals: {}, p50Ms: null, p99Ms: null });
  });

  test("keeps 300 s and a server's last 60 loads for who comes late, also while nobody looks", async () => {
    await using world = createWorld();
    for (let second = 1; second <= 310; second++) {
      await world.report("sfu1:4433", [], { load: second / 1_000 });
      await world.clock.sleep(SECOND);
    }
    const { ticks, servers } = await (await openFeed(world.gateway)).full();
    expect(ticks).toHaveLength(300);
    expect(ticks.at(-1)?.at).toBe(world.clock.wall());
    expect(ticks[0]?.at).toBe(world.clock.wall() - 299 * SECOND);
    expect(servers[0]?.loads).toEqual(Array.from({ length: 60 }, (_, index) => (251 + index) / 1_000));
  });

  test("shows who comes between two seconds what those see who look already, also of a load that came meanwhile", async () => {
    await using world = createWorld();
    await world.report("sfu1:4433", [], { load: 0.1 });
    const first = await openFeed(world.gateway);
    const early = [await first.full()];
    await world.clock.sleep(SECOND);
    await first.delta();
    await world.report("sfu1:4433", [], { load: 0.2 });
    const second = await openFeed(world.gateway);
    const late = [await second.full()];
    expect(late[0]?.servers).toMatchObject([{ load: 0.1, loads: [0.1] }]);
    await world.clock.sleep(SECOND);
    const states = [
      [...early, await first.delta()],
      [...late, await second.delta()],
    ].map((events) => events.reduce<FleetState | undefined>(applyEvent, undefined));
    expect(states[0]?.servers.get(late[0]?.servers[0]?.id ?? "")?.loads).toEqual([0.1, 0.2]);
    expect(states[1]?.servers).toEqual(states[0]?.servers);
  });

  test("tells why clients cannot be served, and how the last reload went", async () => {
    await using world = createWorld();
    const watcher = await openFeed(world.gateway);
    expect((await watcher.full()).unready).toEqual(["no server has reported lately"]);
    world.gateway.noteReload({
      at: "2026-01-01T00:00:00.000Z",
      trigger: "SIGHUP",
      outcome: "failed",
      reason: "the config is broken",
      changed: [],
      needsRestart: [],
    });
    await world.report("sfu1:4433");
    await world.clock.sleep(SECOND);
    expect(await watcher.delta()).toMatchObject({
      unready: [],
      reload: { at: "2026-01-01T00:00:00.000Z", trigger: "SIGHUP", outcome: "failed", reason: "the config is broken" },
      auditSeq: 1,
    });
  });
});
