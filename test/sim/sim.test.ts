import { describe, expect, test } from "bun:test";
import { systemClock } from "../../src/clock.ts";
import { createSeededRandom, drawExponential } from "../../src/sim/random.ts";
import { CallError, createRpcClient } from "../../src/sim/rpc-client.ts";
import { startScenario } from "../../src/sim/scenario.ts";
import { createVirtualClock } from "../../src/sim/virtual-clock.ts";
import { createCustomer, createWorld } from "../world.ts";

describe("chance with a seed", () => {
  test("repeats itself, and differs by seed", () => {
    const draw = (seed: number) => Array.from({ length: 5 }, createSeededRandom(seed));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test("is even over [0, 1), and exponential where asked", () => {
    const random = createSeededRandom(3);
    const values = Array.from({ length: 20_000 }, random);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    for (let tenth = 0; tenth < 10; tenth++) {
      expect(values.filter((value) => Math.floor(value * 10) === tenth).length / 2_000).toBeWithin(0.9, 1.1);
    }
    const times = Array.from({ length: 20_000 }, () => drawExponential(random, 50));
    expect(times.reduce((sum, time) => sum + time) / times.length).toBeWithin(48, 52);
  });
});

describe("the virtual clock", () => {
  test("calls what falls due in order and at its time, until disposed", async () => {
    const clock = createVirtualClock(0);
    const calls: string[] = [];
    const a = clock.every(300, () => calls.push(`a${clock.now()}`));
    clock.every(500, () => calls.push(`b${clock.now()}`));
    await clock.sleep(1_000);
    a[Symbol.dispose]();
    await clock.sleep(500);
    expect(calls).toEqual(["a300", "b500", "a600", "a900", "b1000", "b1500"]);
    expect([clock.now(), clock.wall()]).toEqual([1_500, 1_500]);
  });
});

describe("the system clock", () => {
  test("runs forward, near the machine's own", async () => {
    const before = systemClock.now();
    const ticks = await new Promise<number>((resolve) => {
      let count = 0;
      const timer = systemClock.every(1, () => {
        if (++count < 3) return;
        timer[Symbol.dispose]();
        resolve(count);
      });
    });
    expect(ticks).toBe(3);
    expect(systemClock.now()).toBeGreaterThan(before);
    expect(Math.abs(systemClock.wall() - Date.now())).toBeLessThan(1_000);
  });
});

describe("a simulated server", () => {
  test("lets in whom the gateway sent, and does what it is told", async () => {
    await using world = createWorld();
    const server = world.server("sfu1:4433");
    await server.start();
    const connect = async (user: string) =>
      (await world.call(await world.token("lobby", user), "Connect")).body.result.token;
    const kicked: string[] = [];
    const [alice] = await server.join(await connect("alice"));
    await server.join(await connect("bob"), () => kicked.push("bob"));
    await server.report();
    const backend = await world.token("lobby", "backend");
    await world.call(backend, "RoomUpdate", { room_id: "lobby", user_data: [1, 2] });
    await world.call(backend, "RoomSendMessage", { room_id: "lobby", user_id: "alice", message: [7] });
    await world.call(backend, "RoomBanClient", { room_id: "lobby", user_id: "bob", ban_time: 60 });
    const tokenFromBefore = await connect("carol");
    await server.report();
    expect(server.tasks.map(({ task }) => task)).toEqual(["RoomUpdate", "RoomSendMessage", "RoomBanClient"]);
    expect(server.rooms.find("acme", "lobby")?.userData).toEqual([1, 2]);
    expect(alice?.inbox).toEqual([[7]]);
    expect(kicked).toEqual(["bob"]);
    expect(server.peers()).toBe(1);
    await world.call(backend, "RoomClose", { room_id: "lobby", ban_time: 60 });
    await server.report();
    expect(server.peers()).toBe(0);
    await expect(server.join(tokenFromBefore)).rejects.toThrow("carol is banned from lobby");
  });

  test("refuses tokens for others, and forged ones", async () => {
    await using world = createWorld();
    const [one, two] = [world.server("sfu1:4433"), world.server("sfu2:4433")];
    await one.start();
    await two.start();
    const { address, token } = (await world.call(await world.token("lobby", "alice"), "Connect")).body.result;
    const other = address === one.endpoint ? two : one;
    await expect(other.join(token)).rejects.toThrow("holds no key");
    const right = address === one.endpoint ? one : two;
    await expect(right.join(`${token.slice(0, -6)}AAAAAA`)).rejects.toThrow();
    await world.clock.sleep(700_000);
    await expect(right.join(token)).rejects.toThrow('"exp" claim');
  });

  test("reports by itself until it dies, and its players move when it does", async () => {
    await using world = createWorld();
    const [one, two] = [world.server("sfu1:4433"), world.server("sfu2:4433")];
    await one.start();
    const join = async () => (await world.call(await world.token("lobby", "alice"), "Connect")).body.result;
    const first = await join();
    expect(first.address).toBe("sfu1:4433");
    await one.join(first.token);
    await two.start();
    for (let s = 0; s < 60; s++) {
      await world.clock.sleep(1_000);
      await Bun.sleep(0);
    }
    expect((await join()).address).toBe("sfu1:4433");
    one.stop();
    for (let s = 0; s < 12; s++) {
      await world.clock.sleep(1_000);
      await Bun.sleep(0);
    }
    expect((await join()).address).toBe("sfu2:4433");
  });
});

describe("a scenario", () => {
  test("keeps players coming and going, and loses none", async () => {
    const customer = createCustomer("acme");
    await using world = createWorld({}, customer);
    let inFlight = 0;
    await using scenario = await startScenario({
      url: "http://gateway.test/",
      servers: 3,
      crowds: [{ name: "player", players: 30, signToken: customer.signToken }],
      user: "sfu:sfu-password",
      clock: world.clock,
      random: createSeededRandom(5),
      async fetch(request) {
        inFlight++;
        const response = await world.gateway.fetch(request, { address: "10.0.0.1", port: 1 });
        inFlight--;
        return response;
      },
      meanStayMs: 5_000,
    });
    for (let tick = 0; tick < 300; tick++) {
      await world.clock.sleep(100);
      // Virtual time must not run ahead of what is under way in real time.
      while (inFlight > 0 || scenario.stats().arriving > 0) await Bun.sleep(0);
    }
    const { peers, joins, refused, lost, lastError } = scenario.stats();
    expect({ refused, lost, lastError }).toEqual({ refused: 0, lost: 0, lastError: undefined });
    expect(joins).toBeGreaterThan(60);
    expect(peers).toBeWithin(15, 31);
  });
});

describe("the client", () => {
  test("rejects with what the gateway answered", async () => {
    await using world = createWorld();
    const call = createRpcClient({
      url: "http://sfu:wrong@gateway.test/internal",
      fetch: (request) => world.gateway.fetch(request, { address: "x", port: 1 }),
    });
    const error = await call("Info").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CallError);
    expect(error).toMatchObject({ status: 401, code: -32001, message: "unknown user or wrong password" });
  });
});
