import { describe, expect, test } from "bun:test";
import type { AdmitRequest } from "../../src/fleet/admit.ts";
import type { Awaitable, FleetStore } from "../../src/fleet/store.ts";
import type { Task } from "../../src/fleet/tasks.ts";

/** Gateways on one fleet: as many as there are stores. */
export interface StoreWorld extends AsyncDisposable {
  readonly stores: readonly [FleetStore, ...FleetStore[]];
  /** Lets virtual time pass at all gateways. */
  readonly pass: (ms: number) => Promise<void>;
  /** Resolves when every gateway knows what happened until now. */
  readonly settle: () => Promise<void>;
}

const LIMITS = { maxPeers: 1_000, maxRooms: 1_000 };
let exchange = 1;

/** Checks that a store does what the methods of the APIs count on; with several gateways, whichever of them is asked. */
export function testStore(name: string, create: () => Promise<StoreWorld>): void {
  /** Runs a test with the first and the last gateway, which are the same where there is one. */
  function check(sentence: string, body: (world: StoreWorld, a: FleetStore, b: FleetStore) => Promise<void>): void {
    test(sentence, async () => {
      await using world = await create();
      await body(world, world.stores[0], world.stores.at(-1) ?? world.stores[0]);
    });
  }

  describe(name, () => {
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

    check("keeps a banned user out as soon as the call is answered", async (world, a, b) => {
      await report(a, "one:1", { lobby: 2 });
      await world.settle();
      await a.banClient({ ...target("lobby"), user: "ann", banSec: 60 });
      await expectRefusal(() => b.admit(join("lobby", "ann")), "userBanned");
      await b.admit(join("lobby", "bob"));
      await b.removeBan({ namespace: "acme", room: "lobby", user: "ann" });
      await a.admit(join("lobby", "ann"));
    });

    check("ends a ban when its time is over", async (world, a, b) => {
      await report(a, "one:1", { lobby: 2 });
      await world.settle();
      await a.closeRoom({ ...target("lobby"), banSec: 10 });
      await expectRefusal(() => b.admit(join("lobby", "bob")), "roomClosed");
      await passWithReports(world, 11_000, () => report(a, "one:1", {}));
      await b.admit(join("lobby", "bob"));
    });

    check("leaves out the rooms of a token from which the user is banned", async (world, a, b) => {
      await report(a, "one:1", { "{m}red": 1, "{m}blue": 1 });
      await world.settle();
      await a.banClient({ ...target("{m}red"), user: "ann", banSec: 60 });
      const { rooms } = await b.admit({ ...join("{m}red", "ann"), rooms: ["{m}red", "{m}blue"] });
      expect(rooms).toEqual(["{m}blue"]);
    });

    check("lists a ban wherever it is asked for", async (world, a, b) => {
      await a.banClient({ ...target("lobby"), user: "ann", banSec: 60 });
      const { items } = await b.searchBans({ limit: 10, after: 0 });
      expect(items).toMatchObject([{ room: "lobby", user: "ann" }]);
      await world.settle();
    });

    check("refuses one ban more than a customer may have", async (_world, a, b) => {
      for (let user = 0; user < MAX_BANS; user++)
        await (user % 2 ? a : b).banClient({ ...target("lobby"), user: `user-${user}`, banSec: 60 });
      await expectRefusal(() => a.banClient({ ...target("lobby"), user: "one more", banSec: 60 }), "banLimit");
    });

    check("hands a task to the server, whichever gateway it reports to, and once", async (world, a, b) => {
      await report(a, "one:1", { lobby: 2 });
      await world.settle();
      await a.sendMessage({ ...target("lobby"), user: "ann", message: [1, 2, 3] });
      await world.settle();
      const sent = await report(b, "one:1", { lobby: 2 });
      expect(sent).toMatchObject([{ task: "RoomSendMessage", user_id: "ann", message: [1, 2, 3] }]);
      await report(b, "one:1", { lobby: 2 });
      await world.settle();
      expect(await report(a, "one:1", { lobby: 2 })).toEqual([]);
    });

    check("knows at once that another gateway has opened a room", async (world, a, b) => {
      await report(a, "one:1", {});
      await world.settle();
      await a.admit(join("fresh", "ann"));
      await b.updateRoom({ ...target("fresh"), userData: [7] });
      await world.settle();
      expect(await report(a, "one:1", { fresh: 1 })).toMatchObject([{ task: "RoomUpdate", user_data: [7] }]);
    });

    check("refuses to send anything to a room that nobody hosts", async (world, a, b) => {
      await report(a, "one:1", {});
      await world.settle();
      await expectRefusal(() => b.updateRoom({ ...target("nowhere"), userData: [7] }), "roomNotHosted");
    });

    check("gives no new room to a server that an operator drains", async (world, a, b) => {
      await report(a, "one:1", {});
      await report(b, "two:1", {});
      await world.settle();
      await a.drain({ endpoint: "one:1", afterSec: undefined });
      await world.settle();
      for (let room = 0; room < 10; room++) expect((await b.admit(join(`room-${room}`, "ann"))).endpoint).toBe("two:1");
      await b.undrain({ endpoint: "one:1" });
      await world.settle();
      const later = await Promise.all(
        Array.from({ length: 30 }, async (_, i) => await a.admit(join(`later-${i}`, "ann"))),
      );
      expect(new Set(later.map(({ endpoint }) => endpoint))).toContain("one:1");
    });

    check("forgets a server that an operator removes, with its rooms", async (world, a, b) => {
      await report(a, "one:1", { lobby: 3 });
      await world.settle();
      await world.pass(8_000);
      await world.settle();
      await b.forget({ endpoint: "one:1" });
      await world.settle();
      expect(await a.servers()).toEqual([]);
      await report(b, "two:1", {});
      await world.settle();
      const limits = { maxPeers: 1, maxRooms: 1 };
      expect((await a.admit({ ...join("lobby", "ann"), limits })).endpoint).toBe("two:1");
    });

    check("closes a room that two servers list on the one it is not bound to", async (world, a, b) => {
      await report(a, "one:1", { lobby: 3 });
      await world.settle();
      expect(await report(b, "two:1", { lobby: 2 })).toMatchObject([{ task: "RoomClose", id: ["acme", "lobby"] }]);
      await world.settle();
      expect((await b.admit(join("lobby", "ann"))).endpoint).toBe("one:1");
    });

    check("gives a room to the server that has its people", async (world, a, b) => {
      await report(a, "one:1", { lobby: 0 });
      await world.settle();
      expect(await report(b, "two:1", { lobby: 5 })).toEqual([]);
      await world.settle();
      expect((await a.admit(join("lobby", "ann"))).endpoint).toBe("two:1");
    });

    check("says who uses what", async (world, a, b) => {
      await report(a, "one:1", { red: 3, blue: 2 });
      await world.settle();
      await b.admit(join("green", "ann"));
      await world.settle();
      const { usages } = await b.searchUsage({ limit: 10, after: "", configured: new Map() });
      expect(usages).toMatchObject([{ customer: "acme", peers: 5, reserved: 1, rooms: 3 }]);
    });
  });
}

/** Bans that a customer may have in these tests. */
export const MAX_BANS = 6;

/** A Connect of a user to a room. */
function join(room: string, user: string): AdmitRequest {
  return {
    pool: "default",
    namespace: "acme",
    customer: "acme",
    limits: LIMITS,
    user,
    rooms: [room],
    preferredServer: undefined,
    tags: [],
  };
}

function target(room: string) {
  return { customer: "acme", namespace: "acme", room };
}

/** A server's report over a connection that it keeps; rooms as name → peers. */
async function report(
  store: FleetStore,
  endpoint: string,
  rooms: Readonly<Record<string, number>>,
): Promise<readonly Task[]> {
  return await store.report({
    pool: "default",
    endpoint,
    version: "1",
    load: 0.1,
    clients: Object.values(rooms).reduce((sum, peers) => sum + peers, 0),
    connection: endpoint,
    exchange: exchange++,
    rooms: Object.entries(rooms).map(([name, peers]) => ({
      namespace: "acme",
      name,
      customer: "acme",
      peers,
      ageMs: 60_000,
    })),
  });
}

async function expectRefusal(ask: () => Awaitable<unknown>, error: string): Promise<void> {
  await expect((async () => await ask())()).rejects.toMatchObject({ error });
}

async function passWithReports(world: StoreWorld, ms: number, send: () => Promise<unknown>): Promise<void> {
  for (let passed = 0; passed < ms; passed += 5_000) {
    await world.pass(Math.min(5_000, ms - passed));
    await send();
    await world.settle();
  }
}

function errorsOf(outcomes: readonly PromiseSettledResult<unknown>[]): Set<unknown> {
  return new Set(
    outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [(outcome.reason as { error?: unknown }).error] : [],
    ),
  );
}
