import { describe, expect, test } from "bun:test";
import { Socket } from "node:net";
import { startHttpServer } from "../src/http/server.ts";
import { extendConfig } from "../src/sfu-config/extend.ts";
import { createCustomer, createWorld, type World } from "./world.ts";

/** What the Deno gateway 0.18.0 gets wrong, one by one: each test fails on the faulty behaviour. */

async function connect(world: World, room: string, user: string) {
  return (await world.call(await world.token(room, user), "Connect")).body;
}

describe("1. limits", () => {
  test("1,000 Connects at once on a customer with ten peers admit ten", async () => {
    await using world = createWorld({}, createCustomer("acme", { maxPeers: 10 }));
    await world.report("sfu1:4433");
    const answers = await Promise.all(Array.from({ length: 1_000 }, (_, i) => connect(world, "lobby", `user-${i}`)));
    expect(answers.filter(({ result }) => result).length).toBe(10);
    expect(answers.filter(({ error }) => error?.message === "peer limit exceeded").length).toBe(990);
  });

  test("at maxRooms, clients of existing rooms still get in", async () => {
    await using world = createWorld({}, createCustomer("acme", { maxRooms: 1 }));
    await world.report("sfu1:4433", [{ room: "lobby", peers: 1 }]);
    expect((await connect(world, "lobby", "u")).result).toBeDefined();
    expect((await connect(world, "another", "u")).error.message).toBe("room limit exceeded");
  });
});

describe("2. eligibility", () => {
  test("a new server, and one that comes back, gets clients at once; a dead one none after disableTimeout", async () => {
    await using world = createWorld();
    await world.report("sfu1:4433");
    expect((await connect(world, "a", "u")).result.address).toBe("sfu1:4433");
    await world.clock.sleep(7_500);
    expect((await connect(world, "b", "u")).error.message).toBe("no server available");
    await world.report("sfu1:4433");
    expect((await connect(world, "c", "u")).result.address).toBe("sfu1:4433");
  });
});

describe("3. placement", () => {
  test("when all servers are full, no single one gets everything", async () => {
    await using world = createWorld();
    for (let i = 0; i < 4; i++) await world.report(`sfu${i}:4433`, [], { load: 1.2, clients: 600 });
    const addresses = new Set<string>();
    for (let i = 0; i < 40; i++) addresses.add((await connect(world, `room-${i}`, "u")).result.address);
    expect(addresses.size).toBe(4);
  });

  test("500 rooms on 50 equal servers spread evenly", async () => {
    await using world = createWorld();
    for (let i = 0; i < 50; i++) await world.report(`sfu${i}:4433`);
    const counts = new Map<string, number>();
    for (let i = 0; i < 500; i++) {
      const { address } = (await connect(world, `room-${i}`, "u")).result;
      counts.set(address, (counts.get(address) ?? 0) + 1);
    }
    expect(Math.max(...counts.values())).toBeLessThan(15);
  });
});

describe("4. tasks", () => {
  test("of a lost reply are sent again, and the queue has a bound", async () => {
    await using world = createWorld();
    const rooms = [{ room: "a", peers: 1 }];
    await world.report("sfu1:4433", rooms);
    const token = await world.token("a", "backend");
    await world.call(token, "RoomUpdate", { room_id: "a", user_data: [1] });
    expect((await world.report("sfu1:4433", rooms, { port: 1 })).body.result.tasks).toHaveLength(1);
    expect((await world.report("sfu1:4433", rooms, { port: 2 })).body.result.tasks).toHaveLength(1);
    const batch = Array.from({ length: 50 }, (_, id) => ({
      jsonrpc: "2.0",
      id,
      method: "RoomUpdate",
      params: { room_id: "a", user_data: [] },
    }));
    const headers = { authorization: `Bearer ${token}` };
    const answers = [];
    for (let i = 0; i < 210; i++) answers.push(...(await world.request({ headers, body: batch })).body);
    expect(answers.filter(({ result }) => result).length).toBe(9_999);
    expect(answers.at(-1).error).toMatchObject({ code: -32016, message: expect.stringContaining("task queue full") });
  });
});

describe("5. collisions", () => {
  test("a server that lists another's room never steals it, and is told with every report", async () => {
    await using world = createWorld();
    await world.report("sfu1:4433", [{ room: "a", peers: 1 }]);
    for (let i = 0; i < 3; i++) {
      const { body } = await world.report("sfu2:4433", [{ room: "a", peers: 9 }]);
      expect(body.result.tasks).toEqual([{ task: "RoomClose", id: ["acme", "a"], ban_time: { secs: 5, nanos: 0 } }]);
    }
    expect((await connect(world, "a", "u")).result.address).toBe("sfu1:4433");
  });

  test("a server that comes back after its room moved does not take it back", async () => {
    await using world = createWorld();
    await world.report("sfu1:4433", [{ room: "a", peers: 1 }]);
    await world.clock.sleep(7_000);
    await world.report("sfu2:4433");
    await world.clock.sleep(1_000);
    expect((await connect(world, "a", "u")).result.address).toBe("sfu2:4433");
    await world.report("sfu2:4433", [{ room: "a", peers: 1 }]);
    const { body } = await world.report("sfu1:4433", [{ room: "a", peers: 1 }]);
    expect(body.result.tasks).toMatchObject([{ task: "RoomClose" }]);
    expect((await connect(world, "a", "v")).result.address).toBe("sfu2:4433");
  });
});

describe("6. hash tags", () => {
  test("when one of two rooms of a tag closes, the other's clients stay on its server", async () => {
    await using world = createWorld({ loginToken: { lifetime: 1 } });
    for (let i = 0; i < 8; i++) await world.report(`sfu${i}:4433`);
    const { address } = (await connect(world, "{m}a", "u")).result;
    await connect(world, "{m}b", "u");
    await world.report(address, [
      { room: "{m}a", peers: 1 },
      { room: "{m}b", peers: 1 },
    ]);
    await world.report(address, [{ room: "{m}b", peers: 1 }]);
    for (let i = 0; i < 20; i++) expect((await connect(world, "{m}a", `v${i}`)).result.address).toBe(address);
  });

  test("names up to 255 bytes are told apart to the last, longer ones are refused", async () => {
    await using world = createWorld();
    await world.report("sfu1:4433");
    for (const end of ["x", "y"]) expect((await connect(world, "a".repeat(254) + end, "u")).result).toBeDefined();
    expect((await world.internal("Info", {}, { user: "op" })).body.result.rooms).toHaveLength(2);
    expect((await connect(world, "a".repeat(256), "u")).error.code).toBe(-32001);
  });
});

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
    await using world = createWorld();
    await using server = startHttpServer({
      hostname: "127.0.0.1",
      port: 0,
      tls: undefined,
      fetch: world.gateway.fetch,
      onError: () => {},
    });
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

describe("11. many reports", () => {
  test("two rounds of 200 servers with 1,000 rooms, which took the Deno gateway 9 s, leave time for Connect", async () => {
    await using world = createWorld();
    for (let round = 0; round < 2; round++) {
      for (let s = 0; s < 200; s++) {
        await world.report(
          `sfu${s}:4433`,
          Array.from({ length: 1_000 }, (_, i) => ({ room: `s${s}-r${i}`, peers: 3 })),
        );
      }
    }
    expect((await connect(world, "s7-r7", "u")).result.address).toBe("sfu7:4433");
    const { body } = await world.internal("Info", { rooms: false }, { user: "op" });
    expect(body.result.servers).toHaveLength(200);
  });
});

describe("12. bans", () => {
  test("hold after the room has left the reports, and go to the next server", async () => {
    await using world = createWorld({ loginToken: { lifetime: 1 } });
    await world.report("sfu1:4433", [{ room: "a", peers: 1 }]);
    await world.call(await world.token("a", "backend"), "RoomBanClient", {
      room_id: "a",
      user_id: "troll",
      ban_time: 3_600,
    });
    await world.report("sfu1:4433", [{ room: "a", peers: 1 }]);
    await world.clock.sleep(700_000);
    await world.report("sfu2:4433");
    expect((await connect(world, "a", "troll")).error.code).toBe(-32014);
    expect((await connect(world, "a", "friend")).result.address).toBe("sfu2:4433");
    expect((await world.report("sfu2:4433", [{ room: "a", peers: 1 }])).body.result.tasks).toMatchObject([
      { task: "RoomBanClient", user_id: "troll", ban_time: { secs: 2_900 } },
    ]);
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
