import { expect, test } from "bun:test";
import { banClient } from "../../../src/fleet/admin.ts";
import { toGroupKey, toRoomKey, toServerId } from "../../../src/fleet/ids.ts";
import { sortByCustomer } from "../../../src/store/redis/belongings.ts";
import { findMissing } from "../../../src/store/redis/missing.ts";
import type { Snapshot } from "../../../src/store/redis/snapshot.ts";
import { connect, createTestFleet, report } from "../../fleet/fixture.ts";

const SERVER = toServerId("default", "one:1");
const EMPTY: Snapshot = { life: "a", seq: 1, groups: [], bans: [], tasks: [] };

/** A group of one room, as the shared state has it. */
function toGroup(room: string, peers: number, ...slots: (string | number)[]): Snapshot["groups"][number] {
  return [toGroupKey("default", "acme", room), SERVER, 0, [[toRoomKey("default", "acme", room), peers, ...slots]]];
}

function findMissingRooms(groups: Snapshot["groups"]): string[] {
  const fleet = createTestFleet();
  report(fleet, "one:1", { listed: 2 }, 0);
  connect(fleet, "held", "ann", 0);
  const mine = sortByCustomer(fleet).get("acme") ?? { groups: [], bans: [] };
  return findMissing(mine, { ...EMPTY, groups }, 0).groups.map(({ tag }) => tag);
}

test("a gateway tells of all where the shared state has nothing", () => {
  expect(findMissingRooms([])).toEqual(["listed", "held"]);
});

test("a gateway tells of nothing that is there: more peers and other slots are as good", () => {
  expect(findMissingRooms([toGroup("listed", 3, "eve", 1_000), toGroup("held", -1, "ann", 5_000)])).toEqual([]);
});

test("a gateway tells of rooms with fewer peers, without a slot, or on another server", () => {
  expect(findMissingRooms([toGroup("listed", 1), toGroup("held", -1, "eve", 5_000)])).toEqual(["listed", "held"]);
  const [key, , tokenMs, rooms] = toGroup("listed", 2);
  const elsewhere = [key, toServerId("default", "two:1"), tokenMs, rooms] as const;
  expect(findMissingRooms([elsewhere, toGroup("held", -1, "ann", 1)])).toEqual(["listed"]);
});

test("a gateway tells of bans that are not there, or end sooner there", () => {
  const fleet = createTestFleet();
  const target = { customer: "acme", namespace: "acme", room: "lobby" };
  banClient(fleet, { ...target, user: "ann", banSec: 60 }, 0);
  const mine = sortByCustomer(fleet).get("acme") ?? { groups: [], bans: [] };
  const [ban] = mine.bans;
  const key = `${ban?.bans.name}+ann`;
  const count = (bans: Snapshot["bans"]) => findMissing(mine, { ...EMPTY, bans }, 0).bans.length;
  expect([count([]), count([[key, "59999", "{}"]]), count([[key, "60000", "{}"]])]).toEqual([1, 1, 0]);
});
