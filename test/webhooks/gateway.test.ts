import { describe, expect, test } from "bun:test";
import { WEBHOOK_EVENTS } from "../../src/config/webhooks-schema.ts";
import type { Json } from "../json.ts";
import { toShape } from "../rpc/example-world.ts";
import { createTempFolder } from "../temp-folder.ts";
import { createCustomer, createWorld } from "../world.ts";
import { createReceiver, SECRET_TEXT, until } from "./fixture.ts";

const page = await Bun.file("docs/webhooks.md").text();
const examples: Json[] = [...page.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => JSON.parse(text));

/** A world whose webhook is told of everything, or of what is named. */
function createHookedWorld(url: string, events: "*" | "server.added"[] = "*") {
  const customer = createCustomer("my-game", { maxPeers: 2 });
  const world = createWorld({ webhooks: [{ url, secret: SECRET_TEXT, events }] }, customer);
  const operator = (method: string, params: object) => world.internal(method, params, { user: "op" });
  const connect = async (room: string, user: string) => world.call(await world.token(room, user), "Connect");
  /** Resolves when no message waits or is on its way: a jump of the clock would find it late. */
  const delivered = async () => {
    while ((await operator("Webhooks", {})).body.result.webhooks[0].waiting > 0) {
      await world.clock.sleep(50);
      await Bun.sleep(1);
    }
  };
  return { world, operator, connect, delivered };
}

describe("a gateway with a webhook", () => {
  test("tells of everything that docs/webhooks.md has, in that form, and nothing else", async () => {
    using receiver = createReceiver();
    const { world, operator, connect } = createHookedWorld(receiver.url);
    await using _world = world;
    const [one, two] = ["sfu1.example.com:4433", "sfu2.example.com:4433"];
    const lobby = { room: "lobby", namespace: "my-game", customer: "my-game", peers: 1 };
    await world.report(one, [lobby]);
    await world.clock.sleep(50);
    await until(() => receiver.received.length === 2);
    const ban = { namespace: "my-game", room_id: "lobby", user_id: "bob" };
    await operator("RoomBanClient", { ...ban, ban_time: 3600 });
    await operator("BanRemove", ban);
    await operator("RoomClose", { namespace: "my-game", room_id: "other", ban_time: 60 });
    await world.clock.sleep(8_000);
    await world.report(two);
    expect((await connect("lobby", "alice")).body.result.address).toBe(two);
    for (const user of ["bob", "carol", "dave"]) await connect("lobby", user);
    await operator("ServerDrain", { endpoint: two, deadline: 60 });
    await operator("ServerRemove", { endpoint: one });
    const reload = { at: "", trigger: "SIGHUP", changed: ['logLevel: "INFO" → "DEBUG"'], needsRestart: ["stateDir"] };
    for (const outcome of ["applied", "unchanged", "failed"] as const) world.gateway.noteReload({ ...reload, outcome });
    // The servers' time and the rooms' is over: the draining one is empty.
    const drained = () => receiver.types().filter((type) => type === "server.drained").length;
    for (let second = 0; second < 700 && drained() < 2; second++) {
      await world.report(two);
      await world.clock.sleep(1_000);
      await Bun.sleep(1);
    }
    expect(drained()).toBe(2);
    const bodies = receiver.received.map(({ body }) => body);
    expect([...new Set(receiver.types())].sort()).toEqual([...WEBHOOK_EVENTS].sort());
    expect(examples.map(({ type }) => type)).toEqual([...WEBHOOK_EVENTS]);
    for (const example of examples) {
      const shapes = bodies.filter(({ type }) => type === example.type).map(toShape);
      expect(shapes).toContainEqual(toShape(example));
    }
    const find = (type: string) => bodies.filter((body) => body.type === type).map(({ data }) => data);
    expect(find("limit.reached")).toEqual([{ customer: "my-game", limit: "peers", max: 2 }]);
    expect(find("room.moved")).toEqual([
      { pool: "default", namespace: "my-game", room: "lobby", customer: "my-game", from: one, to: two },
    ]);
    expect(find("server.drained").map(({ empty }) => empty)).toEqual([false, true]);
    expect(find("config.reloaded")).toEqual([{ trigger: "SIGHUP", changed: ["logLevel"], needsRestart: ["stateDir"] }]);
    expect(find("config.failed")).toEqual([{ trigger: "SIGHUP" }]);
    const rooms = bodies.filter(({ data }) => data.room === "lobby").map(({ type }) => type);
    expect(rooms).toEqual([
      "room.opened",
      "ban.added",
      "ban.ended",
      "room.moved",
      "room.closed",
      "room.opened",
      "room.closed",
    ]);
  });

  test("tells of no limit of customers whom nobody vouches for, and of one once a minute", async () => {
    using receiver = createReceiver();
    const { world, connect, delivered } = createHookedWorld(receiver.url);
    await using _world = world;
    await world.report("sfu1:4433");
    const limits = () => receiver.received.filter(({ body }) => body.type === "limit.reached").length;
    for (const user of ["a", "b", "c", "d"]) await connect("lobby", user);
    await world.clock.sleep(100);
    await delivered();
    expect(limits()).toBe(1);
    await world.report("sfu1:4433");
    await world.clock.sleep(60_000);
    await world.report("sfu1:4433");
    for (const user of ["a", "b", "c", "d"]) await connect("lobby", user);
    await world.clock.sleep(100);
    await delivered();
    expect(limits()).toBe(2);
  });

  test("serves clients while its receiver hangs", async () => {
    const { promise: never, resolve } = Promise.withResolvers<void>();
    using receiver = createReceiver(() => never.then(() => new Response()));
    const { world, connect } = createHookedWorld(receiver.url);
    await using _world = world;
    await world.report("sfu1:4433");
    await world.clock.sleep(50);
    await until(() => receiver.received.length === 1);
    expect((await connect("lobby", "alice")).body.result.address).toBe("sfu1:4433");
    resolve();
  });

  test("shows operators how it is doing, in metrics by its host and place alone", async () => {
    using receiver = createReceiver((_, count) => new Response(null, { status: count === 1 ? 204 : 503 }));
    const { host } = new URL(receiver.url);
    const { world, operator } = createHookedWorld(`${receiver.url}path-secret?token=query-secret`, ["server.added"]);
    await using _world = world;
    for (const endpoint of ["sfu1:4433", "sfu2:4433"]) {
      await world.report(endpoint);
      await world.clock.sleep(50);
      await until(() => receiver.received.length === Number(endpoint[3]));
    }
    await until(() =>
      world.logLines.some(({ msg }) => msg === "a webhook's message could not be delivered, and is tried again"),
    );
    const { webhooks } = (await operator("Webhooks", {})).body.result;
    expect(webhooks).toEqual([
      {
        webhook: `${host}#0`,
        events: ["server.added"],
        waiting: 1,
        bytes: expect.any(Number),
        oldest: expect.any(String),
        lastSuccess: expect.any(String),
        lastError: { at: expect.any(String), reason: "the answer was 503" },
      },
    ]);
    expect((await world.internal("Webhooks")).body.error.message).toContain("is for operators");
    await world.clock.sleep(3_000);
    const text = await (await world.gateway.fetchMetrics(new Request("http://gateway.test/metrics"))).text();
    for (const line of [
      `odin_gateway_webhook_waiting{webhook="${host}#0"} 1`,
      `odin_gateway_webhook_oldest_seconds{webhook="${host}#0"} 3`,
      `odin_gateway_webhook_delivered_total{webhook="${host}#0"} 1`,
      `odin_gateway_webhook_retries_total{webhook="${host}#0"} 1`,
      `odin_gateway_webhook_given_up_total{webhook="${host}#0",reason="full"} 0`,
    ])
      expect(text).toContain(line);
    expect(text + JSON.stringify([webhooks, world.logLines])).not.toMatch(/path-secret|query-secret|whsec/);
  });
});

describe("docs/webhooks.md", () => {
  test("verifies a message as it says, and refuses a forged one and an old one", async () => {
    using receiver = createReceiver();
    const { world } = createHookedWorld(receiver.url);
    await using _world = world;
    await world.report("sfu1:4433");
    await world.clock.sleep(50);
    await until(() => receiver.received.length === 1);
    const [, snippet = ""] = /^```js\n([\s\S]*?)^```$/m.exec(page) ?? [];
    using folder = createTempFolder({ "verify.mjs": snippet });
    const { verify } = await import(folder.file("verify.mjs"));
    const [one] = receiver.received;
    if (!one) throw new Error("nothing came");
    const nowSec = world.clock.wall() / 1_000;
    expect(verify(one.headers, one.raw, SECRET_TEXT, nowSec)).toEqual(one.body);
    expect(() => verify(one.headers, `${one.raw} `, SECRET_TEXT, nowSec)).toThrow("the signature is wrong");
    expect(() => verify(one.headers, one.raw, `${SECRET_TEXT}=`, nowSec + 301)).toThrow("too old");
    expect(() => verify(one.headers, one.raw, "another secret, of 24 bytes", nowSec)).toThrow("the signature is wrong");
  });
});
