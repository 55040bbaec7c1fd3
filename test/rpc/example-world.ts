import { createReloader } from "../../src/config/reloader.ts";
import { createVirtualClock } from "../../src/sim/virtual-clock.ts";
import { read } from "../config/fixture.ts";
import type { Json } from "../json.ts";
import { createReceiver, SECRET_TEXT, until } from "../webhooks/fixture.ts";
import { createCustomer, createWorld, type World } from "../world.ts";

/** The customer of the examples. */
export const myGame = createCustomer("my-game", { maxPeers: 500 });
const ENDPOINT = "sfu1.example.com:4433";

/** The world of the examples: a server that drains, with a room out of which a user is kept, and another that never reported. */
export async function createExampleWorld(): Promise<World> {
  const receiver = createReceiver((_, count) => new Response(null, { status: count === 1 ? 204 : 503 }));
  const webhooks = [{ url: receiver.url, secret: SECRET_TEXT, events: ["server.added", "server.drained"] as const }];
  const config = { webhooks: webhooks.map((each) => ({ ...each, events: [...each.events] })) };
  const world = createWorld(config, myGame, undefined, { configControl: createConfigControl() });
  const ownConfig = '[database.report]\ntags = ["eu"]\n';
  await world.internal("sfu.GridConfig", { public_endpoint: ENDPOINT, version: "1.6.0", config: ownConfig });
  await world.report(ENDPOINT, [{ room: "lobby", peers: 3, namespace: "my-game", customer: "my-game" }]);
  await world.internal("sfu.GridConfig", { public_endpoint: "sfu9.example.com:4433", version: "1.6.0" });
  const operator = { user: "op" };
  await world.internal("Reload", {}, operator);
  await world.internal("ServerDrain", { endpoint: ENDPOINT, deadline: 720 }, operator);
  const ban = { namespace: "my-game", room_id: "lobby", user_id: "bob", ban_time: 3600 };
  await world.internal("RoomBanClient", ban, operator);
  await world.clock.sleep(50);
  await until(() => receiver.received.length === 2 && world.logLines.some(({ webhook }) => webhook !== undefined));
  return {
    ...world,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      receiver[Symbol.dispose]();
    },
  };
}

/** Reloads a config whose log level is another one each time. */
function createConfigControl() {
  let isQuiet = false;
  return createReloader({
    initial: read({}),
    async load() {
      isQuiet = !isQuiet;
      return read({ logLevel: isQuiet ? "WARNING" : "INFO" });
    },
    apply() {},
    onApplied() {},
    onEnd() {},
    clock: createVirtualClock(),
    log: { isDebugEnabled: () => false, debug() {}, info() {}, warning() {}, error() {}, critical() {} },
  });
}

/** What a value is made of: names of fields and kinds of values; of a list, that of its first entry. */
export function toShape(value: Json): unknown {
  if (value === null) return "null";
  if (Array.isArray(value)) return value.slice(0, 1).map(toShape);
  if (typeof value !== "object") return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toShape(each)]));
}
