import { expect } from "bun:test";
import { expectRefusal, join, passWithReports, report, target } from "./conformance-calls.ts";
import type { Check } from "./store-world.ts";

/** Checks that a store keeps out who is banned. */
export function checkBans(check: Check, maxBans: number): void {
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
    for (let user = 0; user < maxBans; user++)
      await (user % 2 ? a : b).banClient({ ...target("lobby"), user: `user-${user}`, banSec: 60 });
    await expectRefusal(() => a.banClient({ ...target("lobby"), user: "one more", banSec: 60 }), "banLimit");
  });
}
