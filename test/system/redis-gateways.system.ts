import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Json } from "../json.ts";
import type { TempFolder } from "../temp-folder.ts";
import { buildBinary } from "./gateway-process.ts";
import { until } from "./live-fleet.ts";
import type { GroupGateway } from "./redis/gateway-group.ts";
import { listAll } from "./redis/list-all.ts";
import { FEW, type Pair, startPair } from "./redis/pair.ts";
import { readEnvironment } from "./redis/settings.ts";
import { ensureTool } from "./tools.ts";

/** What two gateways on one Redis say; with CHAOS_REDIS=none one gateway has to answer for both. */

const settings = readEnvironment();
const isShared = settings.redis !== "none";
const reason = isShared ? await ensureTool("redis-server", "redis-server") : undefined;
const why = reason === undefined ? "" : ` (skipped: ${reason})`;

const USER_BANNED = -32014;
const PEER_LIMIT = -32010;
const ROOM_LIMIT = -32011;
/** So many rooms do not all go to one of two servers that have as many. */
const ROOMS = 20;
/** So many, one after the other, go to a server sooner or later however much it had. */
const MANY_ROOMS = 300;
const KNOWS_ALL_WITHIN_MS = 1_000;

let binary: TempFolder;
let pair: Pair;
beforeAll(async () => {
  if (reason !== undefined) return;
  binary = await buildBinary();
  pair = await startPair(binary.file("odin-gateway"), settings);
});
afterAll(async () => {
  await pair?.[Symbol.asyncDispose]();
  binary?.[Symbol.dispose]();
});

const toRooms = (name: string) => Array.from({ length: ROOMS }, (_, index) => `${name}-${index}`);
describe.skipIf(reason !== undefined)(`two gateways on one Redis${why}`, () => {
  test("send those who come to a room to the same server, right after one of them chose it", async () => {
    const { a, b } = pair;
    const rooms = toRooms("match");
    for (const room of rooms) {
      const first = await pair.call(a, { room, user: "first" });
      expect(first.address).toMatch(/^sfu-[ab]/);
      expect((await pair.call(b, { room, user: "second" })).address).toBe(first.address);
    }
    expect(new Set(await pair.connectAll(a, rooms, "third")).size).toBe(2);
  });

  test("refuse a user who was banned at the other one, right after the answer, until the ban is removed there", async () => {
    const { a, b } = pair;
    for (const room of toRooms("court")) {
      await pair.call(a, { room, user: "cheater" });
      expect((await pair.ban(a, room, "cheater")).code).toBe(0);
      expect((await pair.call(b, { room, user: "cheater" })).code).toBe(USER_BANNED);
      await b.ask("BanRemove", { namespace: "acme", room_id: room, user_id: "cheater" });
      expect((await pair.call(a, { room, user: "cheater" })).code).toBe(0);
    }
  });

  test("hand on what a backend sends to one of them to the servers that report to the other one", async () => {
    const { a, b } = pair;
    for (const [index, server] of pair.servers.entries()) {
      const other = index === 0 ? b : a;
      const room = await findRoomOn(server.endpoint, `mail-${index}`);
      const { token } = await pair.call(other, { room, user: "u" });
      const [peer] = await server.join(token ?? "");
      await server.report();
      const params = { room_id: room, user_id: "u", message: [1, 2, index] };
      expect((await pair.call(other, { method: "RoomSendMessage", room, params })).code).toBe(0);
      await until("the message has come", async () => {
        await server.report();
        return (peer?.inbox.length ?? 0) > 0;
      });
      expect(peer?.inbox).toEqual([[1, 2, index]]);
      if (peer) server.leave([peer]);
    }
  });

  /** A new room that was sent to that server. */
  async function findRoomOn(endpoint: string, name: string): Promise<string> {
    for (let index = 0; index < MANY_ROOMS; index++) {
      const room = `${name}-${index}`;
      if ((await pair.call(pair.a, { room, user: "finder" })).address === endpoint) return room;
    }
    throw new Error(`no room came to ${endpoint}`);
  }

  test("count peers and rooms together, and let nobody in beyond the limit", async () => {
    const { a, b, parties } = pair;
    const enter = (gateway: GroupGateway, party = parties.fewPeers, room = "hall", user = "u") =>
      pair.call(gateway, { party, room, user });
    for (let n = 0; n < FEW; n++) expect((await enter(n % 2 ? b : a, parties.fewPeers, "hall", `u${n}`)).code).toBe(0);
    for (const gateway of [a, b])
      expect((await enter(gateway, parties.fewPeers, "hall", "late")).code).toBe(PEER_LIMIT);
    for (let n = 0; n < FEW; n++) expect((await enter(n % 2 ? b : a, parties.fewRooms, `hall-${n}`)).code).toBe(0);
    for (const gateway of [a, b]) expect((await enter(gateway, parties.fewRooms, "late")).code).toBe(ROOM_LIMIT);
  });

  test("list the same servers, rooms, bans and usage", async () => {
    const { a, b } = pair;
    await pair.ban(b, "listed", "cheater");
    await until("both list the same", async () => Bun.deepEquals(await listAll(a), await listAll(b)));
    const { rooms, bans, usage } = await listAll(a);
    expect(rooms.length).toBeGreaterThan(ROOMS);
    expect(bans.join()).toContain("cheater");
    expect(usage).toHaveLength(3);
  });

  test("give no new room to a server that drains by order of the other one, until it no longer does", async () => {
    const { a, b, servers } = pair;
    const [{ endpoint }] = servers;
    await a.ask("ServerDrain", { endpoint });
    expect(new Set(await pair.connectAll(b, toRooms("drained"), "u"))).toEqual(new Set([servers[1].endpoint]));
    expect(((await b.ask("Servers", { endpoint })) as Json).servers[0].state).toBe("draining");
    await b.ask("ServerUndrain", { endpoint });
    // It has fewer rooms than the other one by now.
    expect(await pair.connectAll(a, toRooms("undrained"), "u")).toContain(endpoint);
  });

  test.each(isShared ? [false, true] : [false])(
    "know everything within a second after a kill (with an empty state folder: %p)",
    async (empty) => {
      const { a, b, servers } = pair;
      const rooms = toRooms(`home-${empty}`);
      const homes = await pair.connectAll(a, rooms, "first");
      await pair.ban(a, "prison", "cheater");
      await b.ask("ServerDrain", { endpoint: servers[1].endpoint });
      await a.kill();
      await a.restart({ empty });
      const deadline = performance.now() + KNOWS_ALL_WITHIN_MS;
      let lists = await Promise.all([listAll(a), listAll(b)]);
      while (!Bun.deepEquals(...lists) && performance.now() < deadline)
        lists = await Promise.all([listAll(a), listAll(b)]);
      expect(lists[0]).toEqual(lists[1]);
      expect(await pair.connectAll(a, rooms, "second")).toEqual(homes);
      expect((await pair.call(a, { room: "prison", user: "cheater" })).code).toBe(USER_BANNED);
      expect(new Set(await pair.connectAll(a, toRooms(`after-${empty}`), "u"))).toEqual(new Set([servers[0].endpoint]));
      await a.ask("ServerUndrain", { endpoint: servers[1].endpoint });
    },
  );
});
