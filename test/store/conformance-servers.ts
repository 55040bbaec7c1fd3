import { expect } from "bun:test";
import { expectRefusal, join, report, target } from "./conformance-calls.ts";
import type { Check } from "./store-world.ts";

/** Checks what a store tells servers, and which of them it gives rooms to. */
export function checkServers(check: Check): void {
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
}
