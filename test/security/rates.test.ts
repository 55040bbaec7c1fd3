import { describe, expect, test } from "bun:test";
import { authenticateClient } from "../../src/auth/authenticate-client.ts";
import { parseToken } from "../../src/auth/jwt.ts";
import { createKeyRing } from "../../src/auth/key-ring.ts";
import { createNetworkSet } from "../../src/auth/network.ts";
import { resolveConfig } from "../../src/config/load.ts";
import type { GatewayConfig } from "../../src/config/schema.ts";
import { RpcError } from "../../src/errors.ts";
import { type Routes, route } from "../../src/http/router.ts";
import { createRateLimits, type RateLimits } from "../../src/rates/rate-limits.ts";
import { createVirtualClock } from "../../src/sim/virtual-clock.ts";
import { createCustomer, createWorld, MASTER_KEY_TEXT, USERS, type World } from "../world.ts";
import { ATTACKER, CONNECT, connectFrom } from "./connect-from.ts";
import { startListener } from "./start-listener.ts";

const FEW = { perSecond: 0.5, burst: 3 };

/** Routes that lead to these endpoints and nowhere else. */
function toRoutes(endpoints: Routes["endpoints"], limits: RateLimits): Routes {
  const fail = () => {
    throw new RpcError("notFound");
  };
  return {
    ...{
      pools: [],
      defaultPool: "default",
      hasPoolPaths: false,
      isSplit: false,
      trustedProxies: createNetworkSet([]),
      endpoints,
    },
    ...{ newRequestId: () => "id", unreadyReasons: () => [], degradedReason: () => undefined, dashboard: undefined },
    ...{ authenticateInternal: fail, scrape: fail, now: () => 0, onAnswered() {}, onBody() {}, onRefused() {} },
    ...limits,
  };
}

/** Has the address fail as often as it may. */
async function useUp(world: World, address: string, headers = {}): Promise<void> {
  for (let i = 0; i < FEW.burst; i++) expect(await connectFrom(world, address, headers, "x.y.z")).toEqual([401, null]);
}

describe("an address whose credentials were no good too often", () => {
  test("is refused whatever it shows, until a token is there; others go on", async () => {
    await using world = createWorld({ rateLimits: { failedAuthorizations: FEW } });
    await world.report("sfu1:4433");
    await useUp(world, ATTACKER);
    expect(await connectFrom(world, ATTACKER)).toEqual([429, "2"]);
    expect(await connectFrom(world, ATTACKER, {}, "x.y.z")).toEqual([429, "2"]);
    expect(await connectFrom(world, "203.0.113.8")).toEqual([200, null]);
    await world.clock.sleep(2_000);
    expect(await connectFrom(world, ATTACKER)).toEqual([200, null]);
    expect(await connectFrom(world, ATTACKER, {}, "x.y.z")).toEqual([401, null]);
    expect(await connectFrom(world, ATTACKER)).toEqual([429, "2"]);
    const text = await (await world.gateway.fetchMetrics(new Request("http://gateway.test/metrics"))).text();
    expect(text).toContain('odin_gateway_rate_limited_total{limit="failedAuthorizations"} 3');
    expect(text).toContain('odin_gateway_rate_limited_total{limit="connects"} 0');
  });

  test("gets nothing of what it shows looked at, and so no signature checked", async () => {
    const limits = createRateLimits({ failedAuthorizations: FEW }, createVirtualClock().now);
    let looks = 0;
    const endpoint = {
      maxBodyBytes: 1_000,
      authenticate() {
        looks++;
        throw new RpcError("unauthorized");
      },
      answer: async () => ({ status: 200, body: undefined }),
    };
    const routes = toRoutes({ public: endpoint, internal: endpoint }, limits);
    const send = async (path: string) => {
      const request = new Request(`http://gateway.test${path}`, { method: "POST" });
      return (await route(request, { address: ATTACKER, port: 1 }, routes, "public")).status;
    };
    for (const path of ["/", "/internal"]) {
      looks = 0;
      expect([await send(path), await send(path), await send(path), await send(path)]).toEqual([401, 401, 401, 429]);
      expect(looks).toBe(FEW.burst);
    }
  });

  test("is all of an IPv6 /64, and no more", async () => {
    await using world = createWorld({ rateLimits: { failedAuthorizations: FEW } });
    await world.report("sfu1:4433");
    for (let i = 0; i < FEW.burst; i++) await connectFrom(world, `2001:db8:0:7::${i}`, {}, "x.y.z");
    expect(await connectFrom(world, "2001:db8:0:7:ffff::1")).toEqual([429, "2"]);
    expect(await connectFrom(world, "2001:db8:0:8::1")).toEqual([200, null]);
  });

  test("is what a trusted proxy says, and never what anybody else says", async () => {
    await using world = createWorld({ rateLimits: { failedAuthorizations: FEW }, trustedProxies: ["10.0.0.0/8"] });
    await world.report("sfu1:4433");
    const through = (client: string) => ({ "x-forwarded-for": client });
    await useUp(world, "10.0.0.9", through(`198.51.100.1, ${ATTACKER}`));
    expect(await connectFrom(world, "10.0.0.9", through(ATTACKER))).toEqual([429, "2"]);
    expect(await connectFrom(world, "10.0.0.9", through("203.0.113.8"))).toEqual([200, null]);
    for (let i = 0; i < FEW.burst; i++) await connectFrom(world, "192.0.2.1", through(`198.51.100.${i}`), "x.y.z");
    expect(await connectFrom(world, "192.0.2.1", through("198.51.100.99"))).toEqual([429, "2"]);
  });

  test("cannot guess passwords: the right one is refused too, for calls, metrics and the dashboard", async () => {
    await using world = createWorld({ rateLimits: { failedAuthorizations: FEW } });
    const wrong = { authorization: `Basic ${btoa("op:guess")}` };
    const right = { authorization: `Basic ${btoa(`op:${USERS.op.password}`)}` };
    const get = async (path: string, headers: Record<string, string>, address = ATTACKER) =>
      (await world.gateway.fetch(new Request(`http://gateway.test${path}`, { headers }), { address, port: 1 })).status;
    // A browser asks without a password first: that is no guess.
    for (let i = 0; i < 10; i++) expect(await get("/dashboard", {})).toBe(401);
    expect([await get("/metrics", wrong), await get("/dashboard", wrong)]).toEqual([401, 401]);
    expect((await world.internal("Info", {}, { address: ATTACKER, headers: wrong })).status).toBe(401);
    for (const path of ["/metrics", "/dashboard"]) expect(await get(path, right)).toBe(429);
    expect((await world.internal("Info", {}, { address: ATTACKER, user: "op" })).status).toBe(429);
    expect((await world.internal("Info", {}, { user: "op" })).status).toBe(200);
    expect(await get("/metrics", right, "203.0.113.8")).toBe(200);
  });

  test("costs no server behind the same address its reports", async () => {
    await using world = createWorld({ rateLimits: { failedAuthorizations: FEW } });
    await useUp(world, ATTACKER);
    expect((await world.report("sfu1:4433", [], { address: ATTACKER })).status).toBe(200);
  });
});

test("a token whose kid no customer has is refused without a signature check", async () => {
  const known = createCustomer("acme");
  const stranger = createCustomer("stranger");
  const { keyRing } = createKeyRing([known.entry], { source: "test", path: "customers", brokenKeys: "refuse" });
  const checked: string[] = [];
  const tokens = {
    parse: (text: string) => parseToken(text),
    async verify({ kid }: { kid: string }) {
      checked.push(kid);
      return {};
    },
  };
  const serverKeys = { findKey: () => undefined };
  const present = async ({ signToken }: typeof known) => {
    const token = await signToken({ room: "a", user: "u", nowMs: 0 });
    const authority = { keyRing, serverKeys, tokens, unknownCustomers: "forbidden" } as const;
    return authenticateClient(`Bearer ${token}`, authority, 0).catch((error: Error) => error.message);
  };
  expect(await present(stranger)).toContain("no customer and no registered server has a key of this kid");
  expect(checked).toEqual([]);
  await present(known);
  expect(checked).toHaveLength(1);
});

test("a customer who Connects too often is told when to come again, call by call; other customers go on", async () => {
  const other = createCustomer("other");
  const acme = createCustomer("acme");
  await using world = createWorld({ customers: [acme.entry, other.entry], rateLimits: { connects: FEW } }, acme);
  await world.report("sfu1:4433");
  const headers = { authorization: `Bearer ${await world.token("a", "u")}` };
  const batch = await world.request({ headers, body: Array(5).fill(CONNECT) });
  expect(batch.body.map(({ error }: { error?: { code: number } }) => error?.code)).toEqual([
    ...[undefined, undefined, undefined],
    ...[-32029, -32029],
  ]);
  const { status, headers: reply, body } = await world.request({ headers, body: CONNECT });
  expect([status, reply.get("retry-after"), body.error.data]).toEqual([429, "2", { retryAfterSec: 2 }]);
  const token = await other.signToken({ room: "a", user: "u", nowMs: world.clock.wall() });
  expect((await world.call(token, "Connect")).status).toBe(200);
});

test("calls about a room are limited by room; those outside of a token count for nobody, and an operator's by themselves", async () => {
  await using world = createWorld({ rateLimits: { roomCalls: FEW } });
  await world.report("sfu1:4433", [
    { room: "a", peers: 1 },
    { room: "b", peers: 1 },
  ]);
  const token = await world.token("a", "u");
  const update = async (room: string, by = token) =>
    (await world.call(by, "RoomUpdate", { room_id: room, user_data: [1] })).status;
  for (let i = 0; i < 10; i++) expect(await update("b")).toBe(200);
  expect(await update("b", await world.token("b", "u"))).toBe(200);
  expect([await update("a"), await update("a"), await update("a"), await update("a")]).toEqual([200, 200, 200, 429]);
  for (const [method, params] of [
    ["RoomClose", {}],
    ["RoomBanClient", { user_id: "u" }],
    ["RoomSendMessage", { user_id: "u", message: [1] }],
  ] as const)
    expect((await world.call(token, method, { room_id: "a", ...params })).status).toBe(429);
  const unban = async () =>
    (await world.internal("BanRemove", { namespace: "acme", room_id: "a", user_id: "u" }, { user: "op" })).status;
  expect([await unban(), await unban(), await unban(), await unban()]).toEqual([200, 200, 200, 429]);
});

test("a reload changes the limits at once, and forgets nobody where their rate stays", async () => {
  await using world = createWorld({ rateLimits: { failedAuthorizations: FEW } });
  await world.report("sfu1:4433");
  const reload = (rateLimits: GatewayConfig["rateLimits"]) => {
    const value = {
      customers: world.config.customers,
      internal: { users: USERS },
      masterKey: MASTER_KEY_TEXT,
      rateLimits,
    };
    world.gateway.prepare(resolveConfig(value, { source: "/test/gateway.config.ts", flags: {}, env: {} }))();
  };
  await useUp(world, ATTACKER);
  reload({ failedAuthorizations: { ...FEW }, connects: FEW });
  expect(await connectFrom(world, ATTACKER)).toEqual([429, "2"]);
  for (let i = 0; i < FEW.burst; i++) expect(await connectFrom(world, "203.0.113.8")).toEqual([200, null]);
  expect(await connectFrom(world, "203.0.113.8")).toEqual([429, "2"]);
  reload({});
  expect(await connectFrom(world, ATTACKER)).toEqual([200, null]);
  reload("strict");
  for (let i = 0; i < 20; i++) await connectFrom(world, ATTACKER, {}, "x.y.z");
  expect(await connectFrom(world, ATTACKER)).toEqual([429, "1"]);
});

test("over a socket the refusal is a 429 with Retry-After that a browser may read", async () => {
  await using listener = startListener(createWorld({ rateLimits: { failedAuthorizations: FEW } }));
  const post = () => listener.post("x.y.z", JSON.stringify(CONNECT));
  for (let i = 0; i < FEW.burst; i++) expect((await post()).status).toBe(401);
  const refused = await post();
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "2"]);
  expect(refused.headers.get("access-control-expose-headers")).toContain("Retry-After");
  expect(await refused.json()).toMatchObject({ id: null, error: { code: -32029, data: { retryAfterSec: 2 } } });
});
