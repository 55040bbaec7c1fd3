import { describe, expect, test } from "bun:test";
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
