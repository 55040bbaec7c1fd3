import { expect, test } from "bun:test";
import { banClient } from "../../src/fleet/admin.ts";
import { drainServer } from "../../src/fleet/drain.ts";
import { takeTotals } from "../../src/fleet/totals.ts";
import { connect, createTestFleet, report } from "./fixture.ts";

test("the fleet adds up: servers by what they are and by load, rooms, peers, those on the way, bans and tasks", () => {
  const fleet = createTestFleet();
  report(fleet, "s1", { a: 2, b: 3 }, 0, { load: 0.25, clients: 5 });
  report(fleet, "s2", { c: 1 }, 0, { load: 1.5, clients: 1 });
  report(fleet, "s3", {}, 0, { load: 0.29 });
  drainServer(fleet, { endpoint: "s3" }, 0);
  connect(fleet, "a", "somebody", 0);
  banClient(fleet, { namespace: "acme", room: "a", user: "nobody", customer: "acme", banSec: 60 }, 0);
  expect(takeTotals(fleet)).toEqual({
    servers: { enabled: 1, full: 1, draining: 1, disabled: 0, keyless: 0, registered: 0 },
    rooms: 3,
    peers: 6,
    clients: 6,
    pending: 1,
    tasksWaiting: 1,
    bans: 1,
    loads: [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1],
  });
});
