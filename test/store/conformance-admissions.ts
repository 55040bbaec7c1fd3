import { expect } from "bun:test";
import { errorsOf, expectRefusal, join, passWithReports, report } from "./conformance-calls.ts";
import type { Check } from "./store-world.ts";

/** Checks whom a store lets in where, and what that counts. */
export function checkAdmissions(check: Check): void {
  check("gives a room the same server wherever it is asked for", async (world, a, b) => {
    await report(a, "one:1", {});
    await report(b, "two:1", {});
    await world.settle();
    for (let room = 0; room < 20; room++) {
      const first = await a.admit(join(`room-${room}`, "ann"));
      const second = await b.admit(join(`room-${room}`, "bob"));
      expect(second.endpoint).toBe(first.endpoint);
    }
  });

  check("keeps rooms of one hash tag together", async (world, a, b) => {
    await report(a, "one:1", {});
    await report(b, "two:1", {});
    await world.settle();
    const first = await a.admit(join("{match-7}red", "ann"));
    const second = await b.admit(join("{match-7}blue", "bob"));
    expect(second.endpoint).toBe(first.endpoint);
  });

  check("never binds a room twice when all ask at once", async (world) => {
    for (const server of ["one:1", "two:1", "three:1"]) await report(world.stores[0], server, {});
    await world.settle();
    for (let room = 0; room < 10; room++) {
      const asked = Array.from({ length: 12 }, async (_, user) => {
        const store = world.stores[user % world.stores.length] ?? world.stores[0];
        return await store.admit(join(`rush-${room}`, `user-${user}`));
      });
      const endpoints = new Set((await Promise.all(asked)).map(({ endpoint }) => endpoint));
      expect(endpoints.size).toBe(1);
    }
  });

  check("admits exactly as many peers as the limit allows", async (world) => {
    await report(world.stores[0], "one:1", {});
    await world.settle();
    const asked = Array.from({ length: 60 }, async (_, user) => {
      const store = world.stores[user % world.stores.length] ?? world.stores[0];
      return await store.admit({
        ...join(`room-${user % 7}`, `user-${user}`),
        limits: { maxPeers: 25, maxRooms: 100 },
      });
    });
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.filter(({ status }) => status === "fulfilled").length).toBe(25);
    expect(errorsOf(outcomes)).toEqual(new Set(["peerLimit"]));
  });

  check("admits exactly as many rooms as the limit allows", async (world) => {
    await report(world.stores[0], "one:1", {});
    await world.settle();
    const asked = Array.from({ length: 40 }, async (_, room) => {
      const store = world.stores[room % world.stores.length] ?? world.stores[0];
      return await store.admit({ ...join(`room-${room}`, "ann"), limits: { maxPeers: 100, maxRooms: 15 } });
    });
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.filter(({ status }) => status === "fulfilled").length).toBe(15);
    expect(errorsOf(outcomes)).toEqual(new Set(["roomLimit"]));
  });

  check("takes no second slot for a user who comes again", async (world, a, b) => {
    await report(a, "one:1", {});
    await world.settle();
    const limits = { maxPeers: 1, maxRooms: 1 };
    await a.admit({ ...join("lobby", "ann"), limits });
    await b.admit({ ...join("lobby", "ann"), limits });
    await expectRefusal(() => b.admit({ ...join("lobby", "bob"), limits }), "peerLimit");
  });

  check("gives a slot back when its time is over", async (world, a, b) => {
    await report(a, "one:1", { lobby: 0 });
    await world.settle();
    const limits = { maxPeers: 1, maxRooms: 5 };
    await a.admit({ ...join("lobby", "ann"), limits });
    await passWithReports(world, 16_000, () => report(a, "one:1", { lobby: 0 }));
    await b.admit({ ...join("lobby", "bob"), limits });
  });

  check("counts a peer once, by slot or by report", async (world, a, b) => {
    await report(a, "one:1", {});
    await world.settle();
    const limits = { maxPeers: 2, maxRooms: 5 };
    await a.admit({ ...join("lobby", "ann"), limits });
    await report(b, "one:1", { lobby: 1 });
    await world.settle();
    await a.admit({ ...join("lobby", "bob"), limits });
    await expectRefusal(() => b.admit({ ...join("lobby", "cat"), limits }), "peerLimit");
    await report(a, "one:1", { lobby: 0 });
    await world.settle();
    await b.admit({ ...join("lobby", "cat"), limits });
  });

  check("frees what rooms took when a report lists them no more", async (world, a, b) => {
    await report(a, "one:1", { red: 3, blue: 2 });
    await world.settle();
    const limits = { maxPeers: 5, maxRooms: 2 };
    await expectRefusal(() => b.admit({ ...join("green", "ann"), limits }), "peerLimit");
    await report(b, "one:1", { red: 3 });
    await world.settle();
    await a.admit({ ...join("green", "ann"), limits });
  });

  check("counts nobody on a server that is silent, and sends their room elsewhere", async (world, a, b) => {
    await report(a, "one:1", { red: 4 });
    await world.settle();
    await world.pass(6_000);
    await report(b, "two:1", {});
    await world.settle();
    await world.pass(4_000);
    await world.settle();
    const { endpoint } = await b.admit({ ...join("red", "ann"), limits: { maxPeers: 1, maxRooms: 1 } });
    expect(endpoint).toBe("two:1");
    expect((await a.admit(join("red", "bob"))).endpoint).toBe("two:1");
  });

  check("says who uses what", async (world, a, b) => {
    await report(a, "one:1", { red: 3, blue: 2 });
    await world.settle();
    await b.admit(join("green", "ann"));
    await world.settle();
    const { usages } = await b.searchUsage({ limit: 10, after: "", configured: new Map() });
    expect(usages).toMatchObject([{ customer: "acme", peers: 5, reserved: 1, rooms: 3 }]);
  });
}
