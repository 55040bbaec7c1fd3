import { describe, expect, test } from "bun:test";
import { Socket } from "node:net";
import { extendConfig } from "../../src/sfu-config/extend.ts";
import { startListener } from "../security/start-listener.ts";
import { createWorld } from "../world.ts";

/** What the Deno gateway 0.18.0 gets wrong, one by one: each test fails on the faulty behaviour. */

describe("7. room_id", () => {
  test.each(["foobar", "", "fo"])("a token for foo has no say over %p", async (room_id) => {
    await using world = createWorld();
    await world.report("sfu1:4433", [{ room: "foobar", peers: 1 }]);
    const { body } = await world.call(await world.token("foo", "backend"), "RoomClose", { room_id });
    expect([-32017, -32602]).toContain(body.error.code);
    expect((await world.report("sfu1:4433", [{ room: "foobar", peers: 1 }])).body.result.tasks).toEqual([]);
  });

  test("bytes and ban times are checked", async () => {
    await using world = createWorld();
    await world.report("sfu1:4433", [{ room: "a", peers: 1 }]);
    const token = await world.token("a", "backend");
    for (const params of [{ user_data: [300] }, { user_data: [-1] }, { user_data: [1.5] }]) {
      expect((await world.call(token, "RoomUpdate", { room_id: "a", ...params })).body.error.code).toBe(-32602);
    }
    expect((await world.call(token, "RoomClose", { room_id: "a", ban_time: -5 })).body.error.code).toBe(-32602);
    expect((await world.report("sfu1:4433", [{ room: "a", peers: 1 }])).body.result.tasks).toEqual([]);
  });
});

describe("8. method names", () => {
  test.each(["constructor", "toString", "hasOwnProperty", "__proto__"])(
    "%p is no method, on either API",
    async (method) => {
      await using world = createWorld();
      expect((await world.call(await world.token("a", "u"), method)).body.error.code).toBe(-32601);
      expect((await world.internal(method)).body.error.code).toBe(-32601);
    },
  );

  test("Info shows nothing to servers, and a page at a time to operators", async () => {
    await using world = createWorld();
    await world.report(
      "sfu1:4433",
      Array.from({ length: 2_000 }, (_, i) => ({ room: `r${i}`, peers: 1 })),
    );
    expect((await world.internal("Info")).status).toBe(403);
    expect((await world.internal("Info", {}, { user: "op" })).body.result.rooms).toHaveLength(1_000);
  });
});

describe("9. nothing falls open", () => {
  test("without customers every token is refused", async () => {
    await using world = createWorld({ customers: [] });
    await world.report("sfu1:4433");
    expect((await world.call(await world.token("a", "u"), "Connect")).status).toBe(401);
  });

  test("nobody gets a server's key without credentials", async () => {
    await using world = createWorld();
    const body = {
      jsonrpc: "2.0",
      id: 1,
      method: "sfu.GridConfig",
      params: { public_endpoint: "sfu1:4433", version: "1", config: "" },
    };
    const headers = { "content-type": "application/json" };
    for (const address of ["192.0.2.1", "127.0.0.1", "::1"]) {
      const answer = await world.request({ path: "/internal", headers, body, address });
      expect([answer.status, JSON.stringify(answer.body)]).toEqual([
        401,
        expect.not.stringContaining("authorization.keys"),
      ]);
    }
  });
});

describe("10. hostile requests", () => {
  test("a bad token is a 401 with its reason, and no stack trace in the log", async () => {
    await using world = createWorld();
    const answer = await world.call(`${(await world.token("a", "u")).slice(0, -6)}AAAAAA`, "Connect");
    expect(answer.status).toBe(401);
    expect(answer.body.error.message).toStartWith("invalid token:");
    expect(JSON.stringify(world.logLines)).not.toContain("stack");
  });

  test("a batch of 1,000 Connects is refused whole", async () => {
    await using world = createWorld();
    const headers = { authorization: `Bearer ${await world.token("a", "u")}` };
    const answer = await world.request({
      headers,
      body: Array(1_000).fill({ jsonrpc: "2.0", id: 1, method: "Connect" }),
    });
    expect(answer.body).toMatchObject({ id: null, error: { code: -32600 } });
  });

  test("an absurd Content-Length does not end the process", async () => {
    await using server = startListener(createWorld());
    const { port } = new URL(server.url);
    for (const length of ["9007199254740993", "99999999999999999999999", "-1", "1e3"]) {
      await sendRaw(Number(port), `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\nabc`);
    }
    expect((await fetch(`${server.url}livez`)).status).toBe(200);
  });

  test("a TOML document of 10,000 keys blocks nobody for 9 s: that would be the end of this test", () => {
    const toml = Array.from({ length: 10_000 }, (_, i) => `key${i} = ${i}\n`).join("");
    const key = { kid: "k", kty: "OKP", crv: "Ed25519", x: "x", d: "d" };
    expect(extendConfig(toml, {}, [key]).toml).toContain("key9999 = 9999\n");
  });
});

// 13, --masterkey, is in cli/check.test.ts: it needs a command line.

function sendRaw(port: number, text: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = new Socket();
    socket.on("data", () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve());
    socket.connect(port, "127.0.0.1", () => socket.write(text));
  });
}
