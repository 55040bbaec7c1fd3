import { describe, expect, test } from "bun:test";
import { createWorld } from "../world.ts";

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
