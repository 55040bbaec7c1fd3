import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Json } from "../json.ts";
import type { TempFolder } from "../temp-folder.ts";
import { buildBinary } from "./gateway-process.ts";
import { until } from "./live-fleet.ts";
import { type GroupGateway, isDegraded } from "./redis/gateway-group.ts";
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
const ban = (gateway: GroupGateway, room: string, user: string) =>
  pair.call(gateway, { method: "RoomBanClient", room, params: { room_id: room, user_id: user, ban_time: 3_600 } });

/** Has users come to rooms at a gateway, and gives where they were sent. */
async function connectAll(gateway: GroupGateway, rooms: readonly string[], user: string) {
  const answers = await Promise.all(rooms.map((room) => pair.call(gateway, { room, user })));
  return answers.map(({ address }) => address);
}

/** What does not depend on the moment, of what a gateway lists. */
async function listAll({ ask }: GroupGateway): Promise<Json> {
  const [{ servers }, { rooms }, { bans }, { customers }, info] = (await Promise.all(
    ["Servers", "Rooms", "Bans", "Usage", "Info"].map((method) => ask(method)),
  )) as Json[];
  const byText = (entries: Json[]) => entries.map((entry) => JSON.stringify(entry)).sort();
  return {
    servers: byText(
      servers.map(({ endpoint, state, clients, tags, draining }: Json) => ({
        endpoint,
        state,
        clients,
        tags,
        draining: draining !== undefined,
      })),
    ),
    rooms: byText(
      rooms.map(({ name, namespace, customer, server, peers }: Json) => ({ name, namespace, customer, server, peers })),
    ),
    bans: byText(bans),
    usage: byText(customers),
    info: [info.servers.length, info.rooms.length],
  };
}

describe.skipIf(reason !== undefined)(`two gateways on one Redis${why}`, () => {
  test("send those who come to a room to the same server, right after one of them chose it", async () => {
    const { a, b } = pair;
    const rooms = toRooms("match");
    for (const room of rooms) {
      const first = await pair.call(a, { room, user: "first" });
      expect(first.address).toMatch(/^sfu-[ab]/);
      expect((await pair.call(b, { room, user: "second" })).address).toBe(first.address);
    }
    expect(new Set(await connectAll(a, rooms, "third")).size).toBe(2);
  });

  test("refuse a user who was banned at the other one, right after the answer, until the ban is removed there", async () => {
    const { a, b } = pair;
    for (const room of toRooms("court")) {
      await pair.call(a, { room, user: "cheater" });
      expect((await ban(a, room, "cheater")).code).toBe(0);
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
    await ban(b, "listed", "cheater");
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
    expect(new Set(await connectAll(b, toRooms("drained"), "u"))).toEqual(new Set([servers[1].endpoint]));
    expect(((await b.ask("Servers", { endpoint })) as Json).servers[0].state).toBe("draining");
    await b.ask("ServerUndrain", { endpoint });
    // It has fewer rooms than the other one by now.
    expect(await connectAll(a, toRooms("undrained"), "u")).toContain(endpoint);
  });

  test.each(isShared ? [false, true] : [false])(
    "know everything within a second after a kill (with an empty state folder: %p)",
    async (empty) => {
      const { a, b, servers } = pair;
      const rooms = toRooms(`home-${empty}`);
      const homes = await connectAll(a, rooms, "first");
      await ban(a, "prison", "cheater");
      await b.ask("ServerDrain", { endpoint: servers[1].endpoint });
      await a.kill();
      await a.restart({ empty });
      const deadline = performance.now() + KNOWS_ALL_WITHIN_MS;
      let isSame = false;
      while (!isSame && performance.now() < deadline) isSame = Bun.deepEquals(await listAll(a), await listAll(b));
      expect(await listAll(a)).toEqual(await listAll(b));
      expect(await connectAll(a, rooms, "second")).toEqual(homes);
      expect((await pair.call(a, { room: "prison", user: "cheater" })).code).toBe(USER_BANNED);
      expect(new Set(await connectAll(a, toRooms(`after-${empty}`), "u"))).toEqual(new Set([servers[0].endpoint]));
      await a.ask("ServerUndrain", { endpoint: servers[1].endpoint });
    },
  );

  test.skipIf(!isShared)("go on without Redis, say so, and agree on everything when it is back", async () => {
    const { a, b, redis } = pair;
    const isAlone = async ({ url }: GroupGateway) => isDegraded(await (await fetch(`${url}/readyz`)).text());
    const rooms = toRooms("outage");
    const homes = await connectAll(a, rooms, "first");
    await redis?.kill();
    await until("both are degraded", async () => (await isAlone(a)) && (await isAlone(b)));
    for (const gateway of [a, b]) expect(await connectAll(gateway, rooms, "second")).toEqual(homes);
    await redis?.restart({ empty: true });
    await until("none is degraded", async () => !(await isAlone(a)) && !(await isAlone(b)));
    for (const gateway of [a, b]) expect(await connectAll(gateway, rooms, "third")).toEqual(homes);
    await until("both list the same", async () => Bun.deepEquals(await listAll(a), await listAll(b)));
    expect((await pair.call(b, { room: "prison", user: "cheater" })).code).toBe(USER_BANNED);
  });
});
