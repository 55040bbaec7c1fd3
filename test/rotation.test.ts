import { describe, expect, test } from "bun:test";
import { resolveConfig } from "../src/config/load.ts";
import { createCustomer, createWorld, MASTER_KEY_TEXT, USERS, type World } from "./world.ts";

const NEXT_KEY = new Uint8Array(32).fill(9).toBase64();
const acme = createCustomer("acme");

/** Puts master keys in force, newest first. */
function rotate(world: World, masterKey: string[]): void {
  const config = { customers: [acme.entry], internal: { users: USERS }, masterKey };
  world.gateway.prepare(resolveConfig(config, { source: "/test/gateway.config.ts", flags: {}, env: {} }))();
}

/** Connects to a new room and joins it on the server: proof that the server knows the key that signed the token. */
async function connectAndJoin(world: World, servers: ReturnType<World["server"]>[], room: string): Promise<string> {
  const { body } = await world.call(await world.token(room, "u"), "Connect");
  if (body.error) throw new Error(body.error.message);
  const server = servers.find(({ endpoint }) => endpoint === body.result.address);
  await server?.join(body.result.token);
  return body.result.address;
}

describe("a rotation of the master key", () => {
  test("fails no Connect, with servers that fetch the new key at different times", async () => {
    await using world = createWorld({}, acme);
    const servers = [1, 2, 3, 4].map((n) => world.server(`sfu${n}:4433`));
    for (const server of servers) await server.start();
    const rooms = Array.from({ length: 40 }, (_, n) => `room-${n}`);
    for (const room of rooms) await connectAndJoin(world, servers, room);

    rotate(world, [NEXT_KEY, MASTER_KEY_TEXT]);
    const used = new Set<string>();
    for (const server of servers) {
      for (const room of rooms) used.add(await connectAndJoin(world, servers, `${room}-${server.endpoint}`));
      // Asking for its config is what a server does when it starts.
      server.stop();
      await server.start();
    }
    expect(used.size).toBe(4);
    rotate(world, [NEXT_KEY]);
    for (const room of rooms) await connectAndJoin(world, servers, `${room}-after`);
    expect(world.logLines.filter(({ severity }) => severity === "ERROR")).toEqual([]);
  });

  test("leaves a server without clients that holds no key of the list, says so, and takes it back when it has fetched one", async () => {
    await using world = createWorld({}, acme);
    const servers = [world.server("sfu1:4433"), world.server("sfu2:4433")];
    for (const server of servers) await server.start();
    rotate(world, [NEXT_KEY, MASTER_KEY_TEXT]);
    await servers[1]?.start();
    rotate(world, [NEXT_KEY]);
    expect(world.logLines).toContainEqual(
      expect.objectContaining({
        severity: "ERROR",
        endpoint: "sfu1:4433",
        msg: expect.stringContaining("holds no key"),
      }),
    );
    for (let n = 0; n < 20; n++) expect(await connectAndJoin(world, servers, `room-${n}`)).toBe("sfu2:4433");
    await servers[0]?.report();
    for (let n = 20; n < 40; n++) expect(await connectAndJoin(world, servers, `room-${n}`)).toBe("sfu2:4433");
    await servers[0]?.start();
    const used = new Set<string>();
    for (let n = 40; n < 80; n++) used.add(await connectAndJoin(world, servers, `room-${n}`));
    expect(used).toContain("sfu1:4433");
  });

  test("a room on a server that lost its key moves to one that has it", async () => {
    await using world = createWorld({}, acme);
    const [first, second] = [world.server("sfu1:4433"), world.server("sfu2:4433")];
    await first.start();
    expect(await connectAndJoin(world, [first], "lobby")).toBe("sfu1:4433");
    rotate(world, [NEXT_KEY, MASTER_KEY_TEXT]);
    await second.start();
    rotate(world, [NEXT_KEY]);
    expect(await connectAndJoin(world, [first, second], "lobby")).toBe("sfu2:4433");
  });

  test("servers that the gateway gave no key to are signed for with the oldest of the list", async () => {
    await using world = createWorld({}, acme);
    await world.report("sfu1:4433");
    const kid = async () => {
      const { body } = await world.call(await world.token("lobby", "u"), "Connect");
      return JSON.parse(Buffer.from(body.result.token.split(".")[0], "base64url").toString()).kid;
    };
    const before = await kid();
    rotate(world, [NEXT_KEY, MASTER_KEY_TEXT]);
    expect(await kid()).toBe(before);
  });
});
