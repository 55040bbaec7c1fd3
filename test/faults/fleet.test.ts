import { describe, expect, test } from "bun:test";
import { createCustomer, createWorld } from "../world.ts";
import { connect } from "./connect.ts";

/** What the Deno gateway 0.18.0 gets wrong, one by one: each test fails on the faulty behaviour. */

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
