import { createChildren } from "../../../bench/processes/children.ts";
import { systemClock } from "../../../src/clock.ts";
import { createRpcClient } from "../../../src/sim/rpc-client.ts";
import { createSimServer, type SimServer } from "../../../src/sim/sim-server.ts";
import type { Json } from "../../json.ts";
import { USERS } from "../../world.ts";
import { type GroupGateway, startGatewayGroup } from "./gateway-group.ts";
import { createParty, type Party } from "./parties.ts";
import { type RedisLine, startRedisLine } from "./redis-line.ts";
import { type RedisServer, startRedis } from "./redis-server.ts";
import type { ChaosSettings } from "./settings.ts";

/** Two gateways that share a fleet, and a server that reports to each of them. */
export interface Pair extends AsyncDisposable {
  readonly a: GroupGateway;
  readonly b: GroupGateway;
  /** Absent if there is only one gateway, which is then both. */
  readonly redis: RedisServer | undefined;
  /** What stands between A and Redis. */
  readonly line: RedisLine | undefined;
  readonly parties: { readonly acme: Party; readonly fewPeers: Party; readonly fewRooms: Party };
  /** The one that reports to A, and the one that reports to B. */
  readonly servers: readonly [SimServer, SimServer];
  readonly call: (gateway: GroupGateway, call: PublicCall) => Promise<PublicAnswer>;
  readonly ban: (gateway: GroupGateway, room: string, user: string) => Promise<PublicAnswer>;
  /** Has users come to rooms at a gateway, and gives where they were sent. */
  readonly connectAll: (
    gateway: GroupGateway,
    rooms: readonly string[],
    user: string,
  ) => Promise<(string | undefined)[]>;
}

/** A call of a client or a backend; of "acme" unless it says otherwise. */
export interface PublicCall {
  readonly method?: string;
  readonly party?: Party;
  readonly room: string;
  readonly user?: string;
  readonly params?: object;
}

/** What came of it. */
export interface PublicAnswer {
  readonly address: string | undefined;
  readonly token: string | undefined;
  /** Of the error; 0 for none. */
  readonly code: number;
}

/** Peers, and rooms, of the customers who may have few. */
export const FEW = 4;
const RESERVATION_SEC = 120;

/** Starts the pair; the servers have reported. */
export async function startPair(binary: string, settings: ChaosSettings): Promise<Pair> {
  await using owned = new AsyncDisposableStack();
  const children = owned.use(createChildren());
  const appendOnly = settings.redis === "append-only";
  const redis = settings.redis === "none" ? undefined : await startRedis(children, { appendOnly });
  const line = redis && owned.use(await startRedisLine(redis.url));
  const parties = {
    acme: createParty("acme"),
    fewPeers: createParty("few-peers", { maxPeers: FEW }),
    fewRooms: createParty("few-rooms", { maxRooms: FEW }),
  };
  const group = owned.use(
    await startGatewayGroup({
      ...{ children, binary, count: redis ? 2 : 1, parties: Object.values(parties) },
      ...(redis && line && { redisUrl: (gateway: number) => (gateway === 0 ? line.url : redis.url) }),
      reservationSec: RESERVATION_SEC,
    }),
  );
  const [a, b = a] = group.all;
  if (!a || !b) throw new Error("there is no gateway");
  const servers = [createServer("sfu-a.sim:4433", a), createServer("sfu-b.sim:4433", b)] as const;
  for (const server of servers) {
    owned.use(server);
    await server.start();
  }
  async function call(gateway: GroupGateway, options: PublicCall): Promise<PublicAnswer> {
    const { method = "Connect", party = parties.acme, room, user = "backend", params = {} } = options;
    const response = await fetch(gateway.url, {
      method: "POST",
      headers: { authorization: `Bearer ${party.signToken(room, user)}` },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const { result, error } = (await response.json()) as Json;
    return { address: result?.address, token: result?.token, code: error?.code ?? 0 };
  }

  const all = owned.move();
  return {
    ...{ a, b, redis, line, parties, servers, call },
    ban: (gateway, room, user) =>
      call(gateway, { method: "RoomBanClient", room, params: { room_id: room, user_id: user, ban_time: 3_600 } }),
    async connectAll(gateway, rooms, user) {
      const answers = await Promise.all(rooms.map((room) => call(gateway, { room, user })));
      return answers.map(({ address }) => address);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function createServer(endpoint: string, { url }: GroupGateway): SimServer {
  return createSimServer({
    endpoint,
    call: createRpcClient({ url: `${url.replace("://", `://sfu:${USERS.sfu}@`)}/internal` }),
    clock: systemClock,
    random: Math.random,
    // So that an interval of a second is what the gateway recommends.
    config: '[supervisor]\nurl = "http://gateway/internal"\n',
    onError() {},
  });
}
