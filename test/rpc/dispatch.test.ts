import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { RpcError } from "../../src/errors.ts";
import { dispatch } from "../../src/rpc/dispatch.ts";
import { createApi, createMethod, type EndedCall } from "../../src/rpc/method.ts";

const echo = createMethod(
  "Echo",
  v.object({ text: v.optional(v.string("must be a string")) }),
  ({ text }, _context: string) => text ?? "",
);
const fail = createMethod("Fail", v.object({}), (): never => {
  throw new Error("the database password is hunter2");
});
const limit = createMethod("Limit", v.object({}), (): never => {
  throw new RpcError("peerLimit");
});
const api = createApi([echo, fail, limit], (method, context: string) => {
  if (context === "nobody") throw new RpcError("forbidden", { message: `no ${method}` });
});

const ended: EndedCall[] = [];
const send = (body: unknown, context = "somebody") =>
  dispatch(
    body,
    api,
    context,
    (call) => ended.push(call),
    () => 0,
  );
const request = (more: object = {}) => ({ jsonrpc: "2.0", id: 1, method: "Echo", params: { text: "hi" }, ...more });

describe("a single call", () => {
  test("gets its result under its id", async () => {
    expect(await send(request())).toEqual({ status: 200, body: { jsonrpc: "2.0", id: 1, result: "hi" } });
  });

  test("may leave params out", async () => {
    expect((await send({ jsonrpc: "2.0", id: "x", method: "Echo" })).body).toEqual({
      jsonrpc: "2.0",
      id: "x",
      result: "",
    });
  });

  test.each([0, -7, 1.5, 2 ** 53 - 1, -(2 ** 53) + 1, "", "a", "\u0000", null])("has the id %p echoed", async (id) => {
    expect((await send(request({ id }))).body).toMatchObject({ id });
  });

  test.each([
    ["no object", 7, null, "a request must be an object"],
    ["no version", { id: 1, method: "Echo" }, 1, 'jsonrpc must be "2.0"'],
    ["version 1", request({ jsonrpc: "1.0" }), 1, 'jsonrpc must be "2.0"'],
    ["no method", { jsonrpc: "2.0", id: 1 }, 1, "method must be a string"],
    ["a method that is a number", request({ method: 1 }), 1, "method must be a string"],
    ["params that are a number", request({ params: 1 }), 1, "params must be an object"],
    ["params that are null", request({ params: null }), 1, "params must be an object"],
    ["an id that is an object", request({ id: {} }), null, "id must be"],
    ["an id that is true", request({ id: true }), null, "id must be"],
    ["an id beyond 2^53", request({ id: 2 ** 53 }), null, "id must be"],
    ["an infinite id", request({ id: Number.POSITIVE_INFINITY }), null, "id must be"],
  ])("with %s is no request", async (_, body, id, reason) => {
    const reply = await send(body);
    expect(reply).toMatchObject({ status: 200, body: { id, error: { code: -32600 } } });
    expect(JSON.stringify(reply.body)).toContain(JSON.stringify(reason).slice(1, -1));
  });

  test.each(["echo", "constructor", "toString", "hasOwnProperty", "__proto__", "rpc.discover", "", "Echo "])(
    "of the method %p is unknown",
    async (method) => {
      expect(await send(request({ method }))).toMatchObject({ status: 200, body: { id: 1, error: { code: -32601 } } });
    },
  );

  test("of an unknown method is unknown also to those who may call nothing", async () => {
    expect((await send(request({ method: "x" }), "nobody")).body).toMatchObject({ error: { code: -32601 } });
    expect(await send(request(), "nobody")).toMatchObject({
      status: 403,
      body: { error: { code: -32002, message: "no Echo" } },
    });
  });

  test("with wrong params is told which", async () => {
    expect((await send(request({ params: { text: 7 } }))).body).toMatchObject({
      error: { code: -32602, message: "invalid params: text: must be a string", data: { issues: [{ path: "text" }] } },
    });
    expect((await send(request({ params: ["hi"] }))).body).toMatchObject({ error: { code: -32602 } });
    expect((await send(request({ params: [] }))).body).toMatchObject({ result: "" });
  });

  test("that fails inside is told nothing of why, and the log everything", async () => {
    const reply = await send(request({ method: "Fail", params: {} }));
    expect(reply).toMatchObject({ status: 500, body: { id: 1, error: { code: -32603, message: "internal error" } } });
    expect(JSON.stringify(reply.body)).not.toContain("hunter2");
    expect(ended.at(-1)).toMatchObject({
      method: "Fail",
      outcome: "failure",
      cause: new Error("the database password is hunter2"),
    });
  });

  test("that is refused has the error's code, and HTTP status 200 where the method answered", async () => {
    expect(await send(request({ method: "Limit", params: {} }))).toMatchObject({
      status: 200,
      body: { error: { code: -32010 } },
    });
    expect(ended.at(-1)).toMatchObject({ method: "Limit", outcome: "rejected", error: "peerLimit" });
  });
});

describe("a notification", () => {
  test.each([["Echo"], ["Fail"], ["unknown"]])("of %p gets no answer", async (method) => {
    expect(await send({ jsonrpc: "2.0", method })).toEqual({ status: 204, body: undefined });
  });

  test("that is no request is answered with id null", async () => {
    expect((await send({ jsonrpc: "2.0" })).body).toMatchObject({ id: null, error: { code: -32600 } });
  });
});

describe("a batch", () => {
  test("runs in order, each entry with its own error, notifications without an answer", async () => {
    const reply = await send([
      request({ id: 1 }),
      { jsonrpc: "2.0", method: "Echo" },
      7,
      request({ id: 2, method: "Limit" }),
      request({ id: 3, method: "Fail" }),
      request({ id: 4 }),
    ]);
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject([
      { id: 1, result: "hi" },
      { id: null, error: { code: -32600 } },
      { id: 2, error: { code: -32010 } },
      { id: 3, error: { code: -32603 } },
      { id: 4, result: "hi" },
    ]);
  });

  test("of notifications alone gets 204", async () => {
    expect(await send([{ jsonrpc: "2.0", method: "Echo" }])).toEqual({ status: 204, body: undefined });
  });

  test("has from 1 to 50 entries", async () => {
    expect((await send(Array(50).fill(request()))).body).toHaveLength(50);
    for (const batch of [[], Array(51).fill(request())]) {
      expect(await send(batch)).toMatchObject({ status: 200, body: { id: null, error: { code: -32600 } } });
    }
  });
});

test("any JSON value gets a legal reply, and ids come back as they went", async () => {
  const id = fc.oneof(
    fc.string(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constant(null),
  );
  const call = fc.record({
    jsonrpc: fc.constant("2.0"),
    id,
    method: fc.constantFrom("Echo", "Limit", "nope"),
    params: fc.object(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.jsonValue(), call, fc.array(fc.oneof(call, fc.jsonValue()), { maxLength: 5 })),
      async (value) => {
        const body = JSON.parse(JSON.stringify(value));
        const reply = await send(body);
        expect([200, 204]).toContain(reply.status);
        for (const response of reply.body === undefined ? [] : [reply.body].flat()) {
          expect(response.jsonrpc).toBe("2.0");
          expect("result" in response !== "error" in response).toBe(true);
        }
        if (typeof body?.id === "string" && reply.body) expect(reply.body).toMatchObject({ id: body.id });
      },
    ),
    { numRuns: 1_000 },
  );
});
