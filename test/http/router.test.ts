import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createCustomer, createWorld } from "../world.ts";

const CONNECT = { jsonrpc: "2.0", id: 1, method: "Connect", params: {} };

describe("paths and methods", () => {
  test.each([
    ["GET", "/", 405, "POST, OPTIONS"],
    ["PUT", "/", 405, "POST, OPTIONS"],
    ["GET", "/internal", 405, "POST"],
    ["OPTIONS", "/internal", 405, "POST"],
    ["POST", "/livez", 405, "GET, HEAD"],
    ["POST", "/nowhere", 404, null],
    ["POST", "/default", 404, null],
    ["POST", "/internal/x", 404, null],
    ["GET", "/constructor", 404, null],
  ])("%s %s is answered with %p, and a message for a person", async (method, path, status, allow) => {
    await using world = createWorld();
    const answer = await world.request({ method, path });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("allow")).toBe(allow);
    expect(answer.body).toMatchObject({ jsonrpc: "2.0", id: null, error: { message: expect.any(String) } });
  });

  test.each(["/", "/?x=1", "/#x", "/internal/", "/internal?x"])("%p is a path that is served", async (path) => {
    await using world = createWorld();
    expect((await world.request({ path })).status).toBe(401);
  });
});

describe("the public API", () => {
  test("lets browsers of any page in, and read its errors", async () => {
    await using world = createWorld();
    const preflight = await world.request({ method: "OPTIONS", headers: { origin: "https://game.example" } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    expect(preflight.headers.get("access-control-allow-headers")).toBe("Authorization, Content-Type");
    expect(preflight.headers.get("access-control-allow-methods")).toBe("POST");
    for (const answer of [await world.request({ body: CONNECT }), await world.request({ path: "/nowhere" })]) {
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
      expect(answer.headers.get("cache-control")).toBe("no-store");
    }
  });

  test("answers a missing token with 401 before it reads the body, one object even for a batch", async () => {
    await using world = createWorld();
    const answer = await world.request({ body: "no JSON" });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toStartWith("Bearer");
    expect(answer.body).toMatchObject({ id: null, error: { code: -32001 } });
    expect((await world.request({ body: [CONNECT, CONNECT] })).body).toMatchObject({
      id: null,
      error: { code: -32001 },
    });
  });

  test("answers what is no JSON with 400", async () => {
    await using world = createWorld();
    const authorization = `Bearer ${await world.token("a", "u")}`;
    for (const body of ["", "{", "nope", `[${"[".repeat(100_000)}`]) {
      const answer = await world.request({ headers: { authorization }, body });
      expect([answer.status, answer.body.error.code]).toEqual([400, -32700]);
    }
  });

  test("answers a body that is too large with 413, announced or not", async () => {
    await using world = createWorld({ bodyLimit: { public: 100 } });
    const authorization = `Bearer ${await world.token("a", "u")}`;
    const announced = await world.request({ headers: { authorization }, body: " ".repeat(101) });
    expect([announced.status, announced.body.error.code]).toEqual([413, -32030]);
    const chunks = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(60)),
    });
    const request = new Request("http://gateway.test/", { method: "POST", headers: { authorization }, body: chunks });
    const response = await world.gateway.fetch(request, { address: "10.0.0.1", port: 1 });
    expect(response.status).toBe(413);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  });

  test("takes a client that goes away in the middle of a body for no fault of ours", async () => {
    await using world = createWorld();
    const authorization = `Bearer ${await world.token("a", "u")}`;
    const body = new ReadableStream({ pull: (controller) => controller.error(new DOMException("gone", "AbortError")) });
    const response = await world.gateway.fetch(
      new Request("http://gateway.test/", { method: "POST", headers: { authorization }, body }),
      { address: "10.0.0.1", port: 1 },
    );
    expect(response.status).toBe(400);
    expect(world.logLines.filter(({ severity }) => severity === "ERROR")).toEqual([]);
  });

  test("answers a batch in order, and notifications with 204", async () => {
    await using world = createWorld();
    await world.report("sfu1:4433", []);
    const headers = { authorization: `Bearer ${await world.token("a", "u")}` };
    const batch = [CONNECT, { ...CONNECT, id: undefined }, { ...CONNECT, id: "x", method: "nope" }];
    expect((await world.request({ headers, body: batch })).body).toMatchObject([
      { id: 1, result: {} },
      { id: "x", error: { code: -32601 } },
    ]);
    const notification = await world.request({ headers, body: { ...CONNECT, id: undefined } });
    expect([notification.status, notification.body]).toEqual([204, undefined]);
  });

  test("serves whoever still comes while it drains, and turns them away with 503 once it has ended", async () => {
    const world = createWorld();
    await world.report("sfu1:4433");
    world.gateway.drain();
    expect((await world.call(await world.token("a", "u"), "Connect")).body.result.address).toBe("sfu1:4433");
    await world[Symbol.asyncDispose]();
    for (const answer of [await world.call(await world.token("a", "u"), "Connect"), await world.report("sfu1:4433")])
      expect([answer.status, answer.body.error.code, answer.headers.get("retry-after")]).toEqual([503, -32031, "1"]);
  });

  test("any JSON value as a body gets a legal reply and never a 5xx", async () => {
    await using world = createWorld();
    await world.report("sfu1:4433", []);
    const headers = { authorization: `Bearer ${await world.token("a", "u")}` };
    const params = fc.oneof(
      fc.object(),
      fc.record({ room_id: fc.anything(), ban_time: fc.double(), user_data: fc.array(fc.integer()) }),
    );
    const method = fc.constantFrom(
      "Connect",
      "RoomClose",
      "RoomUpdate",
      "RoomBanClient",
      "RoomSendMessage",
      "constructor",
    );
    const call = fc.record({ jsonrpc: fc.constant("2.0"), id: fc.integer(), method, params });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), call, fc.array(call, { maxLength: 5 })), async (value) => {
        const answer = await world.request({ headers, body: JSON.stringify(value) });
        expect([200, 204]).toContain(answer.status);
        for (const response of answer.body === undefined ? [] : [answer.body].flat()) {
          expect(response.jsonrpc).toBe("2.0");
          expect("result" in response !== "error" in response).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("/internal", () => {
  const headers = { authorization: `Basic ${btoa("sfu:sfu-password")}`, "content-type": "application/json" };
  const body = { jsonrpc: "2.0", id: 1, method: "nope" };
  const post = (more: Record<string, string>) => ({ path: "/internal", headers: { ...headers, ...more }, body });

  test("has no CORS headers", async () => {
    await using world = createWorld();
    const answer = await world.request(post({}));
    expect(answer.body.error.code).toBe(-32601);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("asks for credentials, and the log says loudly what to configure, once a minute", async () => {
    await using world = createWorld();
    for (let i = 0; i < 5; i++) {
      const answer = await world.request({ path: "/internal", body, address: "192.0.2.9" });
      expect([answer.status, answer.body.error.code]).toEqual([401, -32001]);
      expect(answer.headers.get("www-authenticate")).toStartWith("Basic");
    }
    const errors = () => world.logLines.filter(({ severity }) => severity === "ERROR");
    expect(errors()).toMatchObject([{ address: "192.0.2.9", msg: expect.stringContaining("internal.users") }]);
    await world.clock.sleep(60_000);
    await world.request({ path: "/internal", body, address: "192.0.2.9" });
    expect(errors()).toHaveLength(2);
  });

  test.each([
    [{ origin: "https://evil.example" }, 403],
    [{ origin: "null" }, 403],
    [{ origin: "http://gateway.test" }, 200],
    [{ "sec-fetch-site": "cross-site" }, 403],
    [{ "sec-fetch-site": "same-site" }, 403],
    [{ "sec-fetch-site": "same-origin" }, 200],
    [{ "sec-fetch-site": "none" }, 200],
    [{ "content-type": "text/plain" }, 415],
    [{ "content-type": "application/json; charset=utf-8" }, 200],
  ])("answers a request with %p with %p", async (more, status) => {
    await using world = createWorld();
    expect((await world.request(post(more as unknown as Record<string, string>))).status).toBe(status);
  });

  test("answers 401 to everybody when no users are configured", async () => {
    await using world = createWorld({ internal: {} });
    expect((await world.request(post({}))).status).toBe(401);
    expect(world.logLines).toContainEqual(
      expect.objectContaining({ severity: "WARNING", msg: expect.stringContaining("internal.users") }),
    );
  });

  test("believes X-Forwarded-For from trusted proxies only", async () => {
    await using world = createWorld({ trustedProxies: ["10.0.0.0/8"] });
    const seen = async (address: string, forwardedFor: string) => {
      const report = { version: "1", load: 0, clients: 0, rooms: [] };
      await world.internal("sfu.Report", report, { address, headers: { "x-forwarded-for": forwardedFor } });
      const { body: info } = await world.internal("Info", {}, { user: "op" });
      return info.result.servers.at(-1).address;
    };
    expect(await seen("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2")).toBe("198.51.100.1:4433");
    expect(await seen("192.0.2.1", "203.0.113.9")).toBe("192.0.2.1:4433");
    expect(await seen("10.0.0.3", "203.0.113.9:5555")).toBe("203.0.113.9:4433");
    expect(await seen("10.0.0.4", "[2001:db8::1]:99")).toBe("[2001:db8::1]:4433");
    expect(await seen("10.0.0.5", "unknown")).toBe("10.0.0.5:4433");
  });

  test("a report in a batch acknowledges nothing of the same reply, and one without an answer takes no tasks", async () => {
    await using world = createWorld();
    const rooms = [{ room: "a", peers: 1 }];
    await world.report("sfu1:4433", rooms);
    await world.call(await world.token("a", "b"), "RoomUpdate", { room_id: "a", user_data: [1] });
    const params = {
      public_endpoint: "sfu1:4433",
      version: "1",
      load: 0,
      clients: 0,
      rooms: [{ id: ["acme", "a"], customer: "acme", age: { secs: 60, nanos: 0 }, peers: 1 }],
    };
    const report = { jsonrpc: "2.0", method: "sfu.Report", params };
    expect((await world.request({ ...post({}), body: report })).status).toBe(204);
    const batch = await world.request({
      ...post({}),
      body: [
        { ...report, id: 1 },
        { ...report, id: 2 },
      ],
    });
    expect(batch.body.map((answer: { result: { tasks: [] } }) => answer.result.tasks.length)).toEqual([1, 0]);
    expect((await world.report("sfu1:4433", rooms, { port: 9 })).body.result.tasks).toHaveLength(1);
  });

  test("a forwarded report's connection is the proxy's, and acknowledges nothing", async () => {
    await using world = createWorld();
    await world.report("sfu1:4433", [{ room: "a", peers: 1 }]);
    await world.call(await world.token("a", "b"), "RoomUpdate", { room_id: "a", user_data: [1] });
    const via = { headers: { via: "1.1 proxy" } };
    const tasks = async () =>
      (await world.report("sfu1:4433", [{ room: "a", peers: 1 }], via)).body.result.tasks.length;
    expect([await tasks(), await tasks(), await tasks()]).toEqual([1, 1, 0]);
  });
});

describe("probes", () => {
  test("/livez answers as long as the process does", async () => {
    await using world = createWorld();
    expect(await world.request({ method: "GET", path: "/livez" })).toMatchObject({
      status: 200,
      body: { alive: true },
    });
  });

  test("/readyz says why clients cannot be served", async () => {
    const nobody = createCustomer("nobody");
    await using world = createWorld({ customers: [] }, nobody);
    const ready = () => world.request({ method: "GET", path: "/readyz" });
    expect(await ready()).toMatchObject({
      status: 503,
      body: { ready: false, reasons: ["there are no customers", "no server has reported lately"] },
    });
    await world.report("sfu1:4433");
    expect((await ready()).body.reasons).toEqual(["there are no customers"]);
    world.gateway.drain();
    expect((await ready()).body.reasons).toContain("the gateway is draining");
  });

  test("/readyz is good with customers and a server", async () => {
    await using world = createWorld();
    await world.report("sfu1:4433");
    expect(await world.request({ method: "GET", path: "/readyz" })).toMatchObject({
      status: 200,
      body: { ready: true, reasons: [] },
    });
  });
});

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

test("every request that holds calls has an id, its own or one that we make up, in the reply and in the log", async () => {
  await using world = createWorld();
  await world.report("sfu1:4433");
  const send = async (id?: string) => {
    const headers = {
      authorization: `Bearer ${await world.token("a", "u")}`,
      ...(id !== undefined && { "x-request-id": id }),
    };
    const { headers: reply } = await world.request({ headers, body: CONNECT });
    return reply.get("x-request-id") ?? "none";
  };
  expect(await send("trace-1.a:b")).toBe("trace-1.a:b");
  const made = [await send(), await send(), await send("no\tid"), await send("x".repeat(65))];
  expect(new Set(made).size).toBe(4);
  for (const id of made) expect(id).toMatch(/^[a-z0-9]{6}-[a-z0-9]+$/);
  for (const requestId of ["trace-1.a:b", ...made])
    expect(world.logLines).toContainEqual(
      expect.objectContaining({ msg: "a call ended", method: "Connect", requestId }),
    );
  const refused = await world.request({ headers: { "x-request-id": "bad-1" }, body: CONNECT });
  expect([refused.status, refused.headers.get("x-request-id")]).toEqual([401, "bad-1"]);
  expect(world.logLines).toContainEqual(expect.objectContaining({ msg: "a request was refused", requestId: "bad-1" }));
});
