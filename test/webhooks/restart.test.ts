import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createRpcClient } from "../../src/sim/rpc-client.ts";
import { createTempFolder, type TempFolder } from "../temp-folder.ts";
import { USERS } from "../world.ts";
import { createReceiver, isSigned, SECRET_TEXT, until } from "./fixture.ts";

/** Says whether a message that waits is on the disk, where no other process may open the database. */
function isKept(folder: TempFolder, text: string): boolean {
  const log = folder.file("state/webhooks.sqlite-wal");
  return existsSync(log) && readFileSync(log).includes(text);
}

/** Starts a gateway in a process of its own, and waits until it serves. */
async function startGateway(folder: TempFolder, ...args: string[]) {
  const child = Bun.spawn([process.execPath, resolve("index.ts"), "serve", ...args], {
    cwd: folder.path,
    env: { SECRET: SECRET_TEXT },
    stdout: "pipe",
    stderr: "inherit",
  });
  let log = "";
  void child.stdout.pipeTo(
    new WritableStream({
      write(chunk) {
        log += Buffer.from(chunk).toString();
      },
    }),
  );
  await until(() => /listening/.test(log));
  const [, host = ""] = /http:\/\/(127\.0\.0\.1:\d+)\//.exec(log) ?? [];
  return {
    log: () => log,
    call: (user: string, method: string, params: object) =>
      createRpcClient({ url: `http://${user}@${host}/internal` })(method, params),
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    exited: child.exited,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

test.concurrent("what waits survives kill -9, and goes on with the process that takes over", async () => {
  let isUp = false;
  using receiver = createReceiver(() => new Response(null, { status: isUp ? 200 : 500 }));
  using probe = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const { port } = probe;
  await probe.stop(true);
  using folder = createTempFolder({
    "gateway.config.ts": `export default {
      logFormat: "json",
      http: { hostname: "127.0.0.1", port: ${port} },
      internal: { users: ${JSON.stringify(USERS)} },
      stateDir: "state",
      webhooks: [{ url: "${receiver.url}", secret: { env: "SECRET" }, events: "*" }],
    };`,
  });
  {
    await using gateway = await startGateway(folder);
    const report = { public_endpoint: "sfu1:4433", version: "1.6.0", load: 0, clients: 0, rooms: [] };
    expect(await gateway.call(`sfu:${USERS.sfu}`, "sfu.Report", report)).toMatchObject({ tasks: [] });
    await until(() => receiver.received.length === 1);
    await until(() => isKept(folder, "sfu1:4433"));
    gateway.kill("SIGKILL");
    await gateway.exited;
  }
  await using second = await startGateway(folder);
  await until(() => receiver.received.length === 2);
  isUp = true;
  await using third = await startGateway(folder, "--takeover");
  expect(await second.exited).toBe(0);
  await until(() => receiver.received.length === 3);
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
  expect(receiver.received.every((each) => isSigned(each) && each.body.type === "server.added")).toBe(true);
  third.kill("SIGTERM");
  expect(await third.exited).toBe(0);
  expect(third.log()).not.toContain(SECRET_TEXT);
}, 30_000);

test.concurrent("a ban that was answered is told of, however soon the process is killed after that", async () => {
  let isUp = false;
  using receiver = createReceiver(() => new Response(null, { status: isUp ? 200 : 500 }));
  using folder = createTempFolder({
    "gateway.config.ts": `export default {
      logFormat: "json",
      http: { hostname: "127.0.0.1", port: 0 },
      unknownCustomers: { maxPeers: 10, maxRooms: 10 },
      internal: { users: ${JSON.stringify(USERS)} },
      stateDir: "state",
      webhooks: [{ url: "${receiver.url}", secret: { env: "SECRET" }, events: ["ban.added"] }],
    };`,
  });
  const users = Array.from({ length: 3 }, (_, i) => `user-${i}`);
  for (const user of users) {
    await using gateway = await startGateway(folder);
    const namespace = "demo_AQ7aVmK+pI1l";
    const params = { namespace, room_id: "lobby", user_id: user, ban_time: 900 };
    expect(await gateway.call(`op:${USERS.op.password}`, "RoomBanClient", params)).toEqual({});
    gateway.kill("SIGKILL");
    await gateway.exited;
  }
  isUp = true;
  await using _last = await startGateway(folder);
  const told = () => new Set(receiver.received.map(({ body }) => body.data.user));
  await until(() => users.every((user) => told().has(user)));
}, 30_000);
