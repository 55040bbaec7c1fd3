import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createWorld } from "../world.ts";

const CONNECT = { jsonrpc: "2.0", id: 1, method: "Connect", params: {} };

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
