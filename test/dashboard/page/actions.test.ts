import { describe, expect, test } from "bun:test";
import type { Action, Values } from "../../../src/dashboard/page/model/action.ts";
import {
  banAction,
  closeRoomAction,
  drainAction,
  endBanAction,
  forgetAction,
  messageAction,
  reloadAction,
  undrainAction,
} from "../../../src/dashboard/page/model/actions.ts";
import type { RoomEntry } from "../../../src/dashboard/page/model/methods.ts";
import { createCall } from "../../../src/dashboard/page/model/rpc.ts";
import { createWorld, type World } from "../../world.ts";
import { OPERATOR } from "../open-feed.ts";
import { createFeedServer } from "./feed-fixture.ts";

const SERVER = "sfu1:4433";
const server = createFeedServer({ endpoint: SERVER, rooms: 2, peers: 9 });
const room: RoomEntry = {
  pool: "default",
  namespace: "acme",
  name: "lobby",
  hash: "",
  customer: "acme",
  server: SERVER,
  peers: 3,
  updated: "",
};

/** A gateway with one room, and the page's way to it. */
async function createOperated(config: Parameters<typeof createWorld>[0] = {}) {
  const world = createWorld(config);
  await world.report(SERVER, [{ room: "lobby", peers: 3 }]);
  const call = createCall("http://gateway.test/internal", (url, init) =>
    world.gateway.fetch(
      new Request(url, { ...init, headers: { ...init.headers, host: "gateway.test", authorization: OPERATOR } }),
      { address: "10.0.0.9", port: 50_000 },
    ),
  );
  return { world, call, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

/** What the dialog begins with, but for what is given. */
const fill = (action: Action, given: Values = {}): Values => ({
  ...Object.fromEntries(action.fields.map(({ name, initial }) => [name, initial])),
  ...given,
});
const shownFields = (action: Action, values: Values) =>
  action.fields.filter(({ isShown }) => isShown?.(values) ?? true).map(({ name }) => name);
const tasksOf = async (world: World) =>
  (await world.report(SERVER, [{ room: "lobby", peers: 3 }])).body.result.tasks as { task: string }[];

describe("draining from the page", () => {
  test("leaves players where they are unless somebody wants them off", async () => {
    await using operated = await createOperated();
    const action = drainAction(server, 3);
    expect(action.isHarsh(fill(action))).toBe(false);
    expect(action.tell(fill(action))).toEqual([
      "sfu1:4433 gets no new rooms from now on, over a restart of the gateway too, until somebody undrains it.",
      "Whoever is there stays, and others can still join the rooms that are there.",
      "3 other servers of pool default can take them.",
    ]);
    expect(await action.run(operated.call, fill(action))).toBe("sfu1:4433 drains.");
    expect(await tasksOf(operated.world)).toEqual([]);
    const { body } = await operated.world.internal("Servers", {}, { user: "op" });
    expect(body.result.servers[0]).toMatchObject({ state: "draining", draining: {} });
  });

  test("moves players off with the next report, says so before, and that they have nowhere to go", async () => {
    await using operated = await createOperated();
    const action = drainAction(server, 0, "now");
    const values = fill(action);
    expect(action.isHarsh(values)).toBe(true);
    expect(action.tell(values).slice(1)).toEqual([
      "With its next report it is told to close its rooms. Whoever is there (9 players in 2 rooms) is disconnected, and is given another server when they connect again.",
      "No other server of pool default takes new rooms now: whoever needs one is turned away.",
    ]);
    expect(await action.run(operated.call, values)).toBe("Players are moved off sfu1:4433.");
    expect((await tasksOf(operated.world)).map(({ task }) => task)).toEqual(["RoomClose"]);
  });

  test("takes any time in minutes", async () => {
    await using operated = await createOperated();
    const action = drainAction(server, 3);
    const values = fill(action, { when: "other", whenMinutes: "90" });
    expect([shownFields(action, fill(action)), shownFields(action, values)]).toEqual([
      ["when"],
      ["when", "whenMinutes"],
    ]);
    expect(action.tell(values)[1]).toStartWith("In 90 minutes it is told to close its rooms.");
    await action.run(operated.call, values);
    const { body } = await operated.world.internal("Servers", {}, { user: "op" });
    expect(body.result.servers[0].draining.leftMs).toBe(90 * 60_000);
  });

  test("can be undone", async () => {
    await using operated = await createOperated();
    await drainAction(server, 3).run(operated.call, { when: "stay" });
    expect(await undrainAction(server).run(operated.call, {})).toBe("sfu1:4433 gets new rooms again.");
    const { body } = await operated.world.internal("Servers", {}, { user: "op" });
    expect(body.result.servers[0].state).toBe("enabled");
  });
});

test("forgetting a server that still reports is refused with the gateway's words", async () => {
  await using operated = await createOperated();
  const run = forgetAction(server).run(operated.call, {});
  await expect(run).rejects.toThrow("still reports, so it would be back at once: drain it instead");
  await operated.world.clock.sleep(60_000);
  expect(await forgetAction(server).run(operated.call, {})).toBe("sfu1:4433 is forgotten.");
});

describe("what is done to a room from the page", () => {
  test("closes it, and keeps everybody out for as long as wanted", async () => {
    await using operated = await createOperated();
    const action = closeRoomAction(room);
    expect(action.tell(fill(action))).toEqual([
      "Whoever is in “lobby” of acme (3 players) is disconnected. Whoever asks for it can open it again at once.",
    ]);
    const values = fill(action, { keep: "86400" });
    expect(action.tell(values)[0]).toEndWith("Nobody can join it for 1 day.");
    await action.run(operated.call, values);
    expect((await tasksOf(operated.world)).map(({ task }) => task)).toEqual(["RoomClose"]);
    const { bans } = await operated.call("Bans", {});
    expect(bans).toMatchObject([{ room_id: "lobby" }]);
    const ban = bans[0] ?? { customer: "", namespace: "", room_id: "", until: "" };
    expect(await endBanAction(ban).run(operated.call, {})).toBe("Room lobby is open again.");
    expect((await operated.call("Bans", {})).bans).toEqual([]);
  });

  test("bans a user, and lets them in again", async () => {
    await using operated = await createOperated();
    const action = banAction(room);
    const values = fill(action, { user: "bob" });
    expect(action.tell(fill(action, { keep: "0" }))[0]).toBe(
      "“the user” is put out of room “lobby” of acme, and can come back at once.",
    );
    expect(action.tell(values)[0]).toEndWith("and cannot come back for 1 hour.");
    expect(action.tell({ ...values, keep: "other", keepMinutes: "5" })[0]).toEndWith("for 5 minutes.");
    expect(await action.run(operated.call, values)).toBe("bob is put out of room lobby.");
    const [ban] = (await operated.call("Bans", {})).bans;
    expect(ban).toMatchObject({ user_id: "bob", namespace: "acme" });
    if (ban) expect(await endBanAction(ban).run(operated.call, {})).toBe("The ban on bob has ended.");
  });

  test("sends a message as UTF-8", async () => {
    await using operated = await createOperated();
    const action = messageAction(room);
    await action.run(operated.call, { user: "bob", message: "grüß" });
    const [task] = await tasksOf(operated.world);
    expect(task).toMatchObject({ task: "RoomSendMessage", user_id: "bob" });
    expect(JSON.stringify(task)).toContain(JSON.stringify([...new TextEncoder().encode("grüß")]));
  });
});

describe("reloading from the page", () => {
  const answering = (result: object) =>
    createCall("http://gateway.test/internal", async () => Response.json({ result }));

  test("tells what became of it", async () => {
    expect(await reloadAction.run(answering({ outcome: "applied" }), {})).toBe("The new config is in force.");
    expect(await reloadAction.run(answering({ outcome: "unchanged" }), {})).toBe("The config has not changed.");
  });

  test("fails with the reason why the config is not good", async () => {
    const run = reloadAction.run(answering({ outcome: "failed", reason: "http.port: must be a number" }), {});
    await expect(run).rejects.toThrow("http.port: must be a number");
  });
});

test("every action says before what will happen, in whole sentences", () => {
  const ban = { customer: "acme", namespace: "acme", room_id: "lobby", until: "" };
  const actions = [
    drainAction(server, 1),
    undrainAction(server),
    forgetAction(server),
    closeRoomAction(room),
    banAction(room),
    messageAction(room),
    endBanAction(ban),
    endBanAction({ ...ban, user_id: "bob" }),
    reloadAction,
  ];
  for (const action of actions) {
    for (const sentence of action.tell(fill(action))) expect(sentence).toMatch(/^[^a-z ].*\.$|^sfu1.*\.$/s);
    expect([action.title, action.confirm].map((text) => text.length > 2)).toEqual([true, true]);
  }
});
