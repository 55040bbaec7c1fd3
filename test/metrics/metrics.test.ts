import { describe, expect, test } from "bun:test";
import { NOTHING } from "../../src/fleet/saved-state.ts";
import { METRICS, type MetricSpec } from "../../src/metrics/table.ts";
import { listenOn } from "../http/listen-on.ts";
import { SECRET_TEXT } from "../webhooks/fixture.ts";
import { createCustomer, createWorld, USERS, type World } from "../world.ts";
import { type Exposition, parseExposition } from "./exposition.ts";

const specs = new Map<string, MetricSpec>(Object.values(METRICS).map((spec) => [spec.name, spec]));

const basic = (user: string, password: string) => ({ authorization: `Basic ${btoa(`${user}:${password}`)}` });
const operator = basic("op", USERS.op.password);
const peer = { address: "10.0.0.9", port: 1 };

const get = (world: World, headers: Record<string, string> = operator, method = "GET") =>
  world.gateway.fetch(new Request("http://gateway.test/metrics", { method, headers }), peer);
const scrape = async (world: World): Promise<Exposition> => parseExposition(await (await get(world)).text());

/** A metric's whole name. */
const n = (name: string) => `odin_gateway_${name}`;

describe("/metrics", () => {
  test("is for operators: 401 for nobody and strangers, 403 for servers and other sites", async () => {
    await using world = createWorld();
    const nobody = await get(world, {});
    expect([nobody.status, nobody.headers.get("www-authenticate")]).toEqual([401, expect.stringContaining("Basic")]);
    expect((await get(world, basic("op", "wrong"))).status).toBe(401);
    expect((await get(world, basic("sfu", USERS.sfu))).status).toBe(403);
    expect((await get(world, { ...operator, origin: "https://evil.example" })).status).toBe(403);
    expect((await get(world, { ...operator, "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await get(world, operator, "POST")).status).toBe(405);
    const good = await get(world);
    expect([good.status, good.headers.get("content-type")]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
    expect((await scrape(world)).find(n("refused_requests_total"), { audience: "internal" })).toEqual([2, 1, 2]);
  });

  test("shows what the table says, with its labels, over HTTP", async () => {
    const webhook = { url: "http://127.0.0.1:1/", secret: SECRET_TEXT, events: "*" as const };
    await using world = createWorld({ webhooks: [webhook] });
    await world.report("a:1", [{ room: "r", peers: 1 }]);
    await world.call(await world.token("r", "u"), "Connect");
    await using server = listenOn(world.gateway.fetch);
    const response = await fetch(`${server.url}metrics`, { headers: operator });
    const { types, samples } = parseExposition(await response.text());
    for (const [name, type] of types) expect([name, type]).toEqual([name, specs.get(name)?.type ?? "unknown"]);
    const missing = [...specs.keys()].filter((name) => !types.has(name));
    expect(missing).toEqual(["state_kept", "state_shared", "gateways"].map(n));
    for (const { name, labels } of samples) {
      const spec = specs.get(name) ?? specs.get(name.replace(/_(bucket|count|sum)$/, ""));
      const { le: _, ...own } = labels;
      expect([name, Object.keys(own).sort()]).toEqual([name, [...(spec?.labels ?? [])].sort()]);
    }
  });

  test("on its own listener asks for nothing, and serves nothing else but the probes", async () => {
    await using world = createWorld();
    const ask = (path: string, method = "GET") =>
      world.gateway.fetchMetrics(new Request(`http://gateway.test${path}`, { method }));
    const page = await ask("/metrics");
    expect(parseExposition(await page.text()).find(n("ready"))).toEqual([0]);
    expect((await ask("/livez")).status).toBe(200);
    expect((await ask("/readyz")).status).toBe(503);
    expect((await ask("/metrics", "POST")).status).toBe(405);
    for (const path of ["/", "/internal", "/nowhere"]) expect((await ask(path, "POST")).status).toBe(404);
  });
});

describe("calls", () => {
  test("are counted by method and outcome, and refused Connects by reason", async () => {
    await using world = createWorld({}, createCustomer("acme", { maxPeers: 1 }));
    const connect = async (user: string) => world.call(await world.token("r", user), "Connect");
    await connect("early");
    await world.report("a:1");
    await connect("u1");
    await connect("u2");
    await world.call(await world.token("r", "u1"), "Nonsense\n");
    await world.call("no token", "Connect");
    const { find } = await scrape(world);
    expect(find(n("calls_total"), { method: "Connect", outcome: "success" })).toEqual([1]);
    expect(find(n("calls_total"), { method: "Connect", outcome: "rejected" })).toEqual([2]);
    expect(find(n("calls_total"), { method: "unknown" })).toEqual([1]);
    expect(find(n("connect_refusals_total"), { reason: "noServer" })).toEqual([1]);
    expect(find(n("connect_refusals_total"), { reason: "peerLimit" })).toEqual([1]);
    expect(find(n("connect_refusals_total"), { reason: "roomLimit" })).toEqual([0]);
    expect(find(n("refused_requests_total"), { audience: "public", reason: "unauthorized" })).toEqual([1]);
    expect(find(n("call_duration_seconds_count"), { method: "Connect" })).toEqual([3]);
    expect(find(n("http_request_duration_seconds_count"), { audience: "public", status: "401" })).toEqual([1]);
  });
});

describe("servers", () => {
  test("have figures while they are there, and none after", async () => {
    await using world = createWorld();
    await world.report("a:1", [{ room: "r", peers: 3 }], { load: 0.25, clients: 3 });
    await world.report("b:1", [], { load: 0.95, clients: 900 });
    await world.internal("ServerDrain", { endpoint: "b:1" }, { user: "op" });
    await world.call(await world.token("r", "u1"), "Connect");
    await world.call(await world.token("new", "u2"), "Connect");
    const { find } = await scrape(world);
    const a = { pool: "default", server: "a:1" };
    expect(find(n("servers"), { state: "enabled" })).toEqual([1]);
    expect(find(n("servers"), { state: "draining" })).toEqual([1]);
    expect(find(n("servers"), { state: "disabled" })).toEqual([0]);
    expect(find(n("server_state"), { server: "b:1", state: "draining" })).toEqual([1]);
    expect(find(n("server_load_ratio"), a)).toEqual([0.25]);
    expect(find(n("server_estimated_load_ratio"), a)[0]).toBeGreaterThan(0.25);
    expect(find(n("server_clients"), a)).toEqual([3]);
    expect(find(n("server_rooms"), a)).toEqual([2]);
    expect(find(n("server_peers"), a)).toEqual([3]);
    expect(find(n("server_pending"), a)).toEqual([2]);
    expect(find(n("placements_total"), a)).toEqual([1]);
    expect(find(n("placements_total"), { server: "b:1" })).toEqual([0]);
    expect(find(n("rooms_opened_total"))).toEqual([2]);
    expect(find(n("ready"))).toEqual([1]);

    await world.clock.sleep(10_000);
    expect((await scrape(world)).find(n("server_report_age_seconds"), a)).toEqual([10]);
    expect((await scrape(world)).find(n("servers"), { state: "disabled" })).toEqual([2]);
    await world.clock.sleep(700_000);
    const later = await scrape(world);
    expect(later.samples.filter(({ labels }) => labels.server !== undefined)).toEqual([]);
    expect(later.samples.filter(({ labels }) => labels.customer !== undefined)).toEqual([]);
  });

  test("that were only given their config are counted, and have no load", async () => {
    await using world = createWorld();
    await world.report("a:1");
    const { find, samples } = await scrape(world);
    expect(find(n("servers"), { state: "registered" })).toEqual([0]);
    expect(samples.filter(({ name }) => name === n("server_load_ratio"))).toHaveLength(1);
  });

  test("have their tasks counted: queued, sent, sent again, delivered", async () => {
    await using world = createWorld();
    await world.report("a:1", [{ room: "r", peers: 1 }], { port: 1 });
    const ban = { room_id: "r", user_id: "u", ban_time: 60 };
    await world.call(await world.token("r", "backend"), "RoomBanClient", ban);
    const before = await scrape(world);
    expect([before.find(n("tasks_queued_total")), before.find(n("tasks_waiting"))]).toEqual([[1], [1]]);
    expect(before.find(n("bans"))).toEqual([1]);
    await world.report("a:1", [{ room: "r", peers: 1 }], { port: 1 });
    expect((await scrape(world)).find(n("tasks_sent_total"))).toEqual([1]);
    expect((await scrape(world)).find(n("tasks_unacknowledged"))).toEqual([1]);
    await world.report("a:1", [{ room: "r", peers: 1 }], { port: 2 });
    expect((await scrape(world)).find(n("tasks_sent_again_total"))).toEqual([1]);
    await world.report("a:1", [{ room: "r", peers: 1 }], { port: 2 });
    const { find } = await scrape(world);
    expect(find(n("tasks_delivered_total"))).toEqual([1]);
    expect(find(n("tasks_unacknowledged"))).toEqual([0]);
    await world.clock.sleep(61_000);
    expect((await scrape(world)).find(n("bans"))).toEqual([0]);
  });
});

describe("customers", () => {
  test("have what they use beside their limits", async () => {
    await using world = createWorld({}, createCustomer("acme", { maxPeers: 10 }));
    await world.report("a:1", [{ room: "r", peers: 4 }]);
    await world.call(await world.token("r", "u"), "Connect");
    const { find } = await scrape(world);
    const acme = { customer: "acme" };
    expect(find(n("customer_peers"), acme)).toEqual([4]);
    expect(find(n("customer_reservations"), acme)).toEqual([1]);
    expect(find(n("customer_rooms"), acme)).toEqual([1]);
    expect(find(n("customer_peers_limit"), acme)).toEqual([10]);
    expect(find(n("customer_rooms_limit"), acme)).toEqual([Number.POSITIVE_INFINITY]);
    expect(find(n("customers"))).toEqual([1]);
  });

  test("whom nobody vouches for are one", async () => {
    await using world = createWorld();
    const rooms = ["demo_1", "demo_2"].map((id) => ({ room: id, peers: 2, namespace: id, customer: id }));
    await world.report("a:1", rooms);
    const { find } = await scrape(world);
    expect(find(n("customer_peers"))).toEqual([4]);
    expect(find(n("customer_rooms"), { customer: "demo" })).toEqual([2]);
  });

  test("have their ids escaped", async () => {
    await using world = createWorld();
    await world.report("a:1", [{ room: "r", namespace: "gone", peers: 1, customer: 'a"b\\c\nd' }]);
    expect((await scrape(world)).find(n("customer_peers"), { customer: 'a\\"b\\\\c\\nd' })).toEqual([1]);
  });
});

describe("the gateway itself", () => {
  test("counts reloads, and says that the last one failed", async () => {
    await using world = createWorld();
    expect((await scrape(world)).find(n("config_last_reload_successful"))).toEqual([1]);
    const report = { at: "2026-01-01T00:00:00Z", trigger: "SIGHUP", changed: [], needsRestart: [] };
    world.gateway.noteReload({ ...report, outcome: "applied" });
    world.gateway.noteReload({ ...report, outcome: "failed" });
    const { find } = await scrape(world);
    expect(find(n("config_last_reload_successful"))).toEqual([0]);
    expect(find(n("config_reloads_total"), { outcome: "failed" })).toEqual([1]);
    expect(find(n("config_reloads_total"), { outcome: "unchanged" })).toEqual([0]);
  });

  test("counts writes of the state, and says while they fail", async () => {
    let isDiskFull = true;
    const writer = {
      async write() {
        if (isDiskFull) throw new Error("full");
      },
      setAside: () => "",
      async [Symbol.asyncDispose]() {},
    };
    await using world = createWorld({}, undefined, undefined, { state: { saved: NOTHING, writer } });
    await world.report("a:1");
    await world.clock.sleep(200);
    expect((await scrape(world)).find(n("state_kept"))).toEqual([0]);
    expect((await scrape(world)).find(n("state_writes_total"), { outcome: "failure" })).toEqual([1]);
    isDiskFull = false;
    await world.clock.sleep(5_000);
    expect((await scrape(world)).find(n("state_kept"))).toEqual([1]);
    expect((await scrape(world)).find(n("state_writes_total"), { outcome: "success" })[0]).toBeGreaterThan(0);
  });

  test("shows what its process uses, and how late its timers are", async () => {
    await using world = createWorld();
    await world.clock.sleep(1_000);
    const { find } = await scrape(world);
    expect(find(n("event_loop_lag_seconds_count"))).toEqual([10]);
    expect(find(n("process_resident_memory_bytes"))[0]).toBeGreaterThan(1e7);
    expect(find(n("process_cpu_seconds_total"), { mode: "user" })[0]).toBeGreaterThan(0);
    expect(Math.abs((find(n("process_start_time_seconds"))[0] ?? 0) - Date.now() / 1000)).toBeLessThan(3_600);
    const again = (await scrape(world)).find(n("process_cpu_seconds_total"), { mode: "user" })[0] ?? 0;
    expect(again).toBeGreaterThanOrEqual(find(n("process_cpu_seconds_total"), { mode: "user" })[0] ?? 0);
  });
});
