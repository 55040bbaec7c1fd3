import { SECRET_TEXT } from "../webhooks/fixture.ts";
import { createWorld } from "../world.ts";
import { run } from "./run.ts";

/** A world with a server that hosts "lobby", behind a real listener. */
export async function listenForOperators() {
  const webhook = { url: "http://127.0.0.1:1/", secret: SECRET_TEXT, events: ["server.added" as const] };
  const world = createWorld({ webhooks: [webhook] });
  await world.report("sfu1:4433", [{ room: "lobby", peers: 2 }], { load: 0.25, clients: 2 });
  const http = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => world.gateway.fetch(request, { address: "127.0.0.1", port: 1 }),
  });
  const env = { ODIN_GATEWAY_URL: http.url.href, ODIN_GATEWAY_USER: "op:op-password" };
  return {
    world,
    env,
    run: (...argv: string[]) => run(argv, { env }),
    async [Symbol.asyncDispose]() {
      await http.stop(true);
      await world[Symbol.asyncDispose]();
    },
  };
}
