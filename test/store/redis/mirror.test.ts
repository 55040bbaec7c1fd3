import { expect, test } from "bun:test";
import { toGroupKey, toRoomKey, toServerId } from "../../../src/fleet/ids.ts";
import { findRoom } from "../../../src/fleet/spaces.ts";
import type { CustomerDelta, MergeDelta } from "../../../src/store/redis/delta.ts";
import { applyDelta } from "../../../src/store/redis/mirror.ts";
import { listSharedTasks } from "../../../src/store/redis/shared-tasks.ts";
import { connect, createTestFleet, report } from "../../fleet/fixture.ts";

const LOBBY = toRoomKey("default", "acme", "lobby");

function toMerge(more: Omit<MergeDelta, "type">): CustomerDelta {
  return { type: "merge", customer: "acme", gateway: "g", life: "a", seq: 1, ...more };
}

/** A fleet with two servers, on the first of which `ann` is on her way to the lobby. */
function createWorld() {
  const fleet = createTestFleet();
  report(fleet, "one:1", { lobby: 1 }, 0);
  connect(fleet, "lobby", "ann", 0);
  report(fleet, "two:1", {}, 0);
  return fleet;
}

test("a gateway that is told of a merged group knows it as it is then, and leaves others alone", () => {
  const fleet = createWorld();
  report(fleet, "one:1", { lobby: 1, other: 3 }, 1);
  const rooms = [[LOBBY, 4, "bob", 9_000]] as const;
  const merge = toMerge({
    groups: [[toGroupKey("default", "acme", "lobby"), toServerId("default", "two:1"), 0, rooms]],
  });
  applyDelta(fleet, merge, true, 2, 0);
  const lobby = findRoom(fleet, "default", "acme", "lobby");
  expect(lobby).toMatchObject({ peers: 4, group: { server: { endpoint: "two:1" } } });
  expect(fleet.usages.get("acme")).toMatchObject({ rooms: 2, peers: 7, reserved: 1 });
});

test("a gateway that is told of merged bans and tasks has them, each once", () => {
  const fleet = createWorld();
  const target = { customer: "acme", namespace: "acme", room: "lobby", user: "ann" };
  const task = { task: "RoomUpdate", id: ["acme", "lobby"], user_data: [1] };
  const merge = toMerge({
    bans: [["key", "70000", JSON.stringify(target)]],
    tasks: [["t1", "0", JSON.stringify({ room: LOBBY, task, banMs: 0 })]],
  });
  for (const isOwn of [true, false]) applyDelta(fleet, merge, isOwn, 1, 1_000);
  expect([...fleet.bans.values()].flatMap(({ users }) => [...users.values()])).toMatchObject([
    { user: "ann", untilMs: 71_000 },
  ]);
  expect([...listSharedTasks(fleet).keys()]).toEqual(["t1"]);
});
