import { afterAll, beforeAll, expect, test } from "bun:test";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createSeededRandom } from "../../src/sim/random.ts";
import { createTempFolder, type TempFolder } from "../temp-folder.ts";
import { buildBinary, createConfigFolder, findFreePort, type GatewayProcess, startGateway } from "./gateway-process.ts";
import { call, runTraffic, startServers } from "./traffic.ts";

const KILLS = 30;
const TAKEOVERS = 10;
/** How old a mapping has to be to survive a kill, and some time for this machine to be late. */
const KEPT_AFTER_MS = 250;
/** Far longer than the two reports that it takes. */
const DELIVERY_DEADLINE_MS = 10_000;
const USER_BANNED = -32014;

let binary: TempFolder;
beforeAll(async () => {
  binary = await buildBinary();
});
afterAll(() => binary[Symbol.dispose]());

test(`${KILLS} times killed at any moment, it has lost nothing that it acknowledged, and no room has moved`, async () => {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  using folder = createConfigFolder(port, "sfuConfig: { updateInterval: 1 },");
  const random = createSeededRandom(30);
  const banned: { room: string; user: string }[] = [];
  const updates = new Set<number>();
  const homes = new Map<string, { address: string; at: number }>();
  let nextUpdate = 0;
  let gateway: GatewayProcess = await startGateway(binary, folder);
  const servers = await startServers(url, 5);

  async function actOnce(index: number): Promise<void> {
    const room = `room-${Math.floor(random() * 40)}`;
    const connected = await call(url, "Connect", room, `user-${index}`);
    const address = connected.result?.address;
    if (address === undefined) throw new Error(connected.error?.message);
    const home = homes.get(room);
    if (home) expect([room, address]).toEqual([room, home.address]);
    else homes.set(room, { address, at: performance.now() });
    const id = nextUpdate++;
    const update = await call(url, "RoomUpdate", room, "backend", { room_id: room, user_data: toBytes(id) });
    if (update.result) updates.add(id);
    const user = `cheater-${index}`;
    const ban = await call(url, "RoomBanClient", room, "backend", { room_id: room, user_id: user, ban_time: 3600 });
    if (ban.result) banned.push({ room, user });
  }

  async function act(until: Promise<unknown>): Promise<void> {
    let isOver = false;
    void until.then(() => {
      isOver = true;
    });
    await Promise.all(
      [0, 1, 2, 3].map(async () => {
        // What the kill cuts off was not acknowledged.
        while (!isOver) await actOnce(nextUpdate).catch((error) => void (isOver || reportUnlessCut(error)));
      }),
    );
  }

  for (let kill = 0; kill < KILLS; kill++) {
    const acting = act(gateway.exited);
    await Bun.sleep(50 + random() * 400);
    const killedAt = performance.now();
    gateway.kill("SIGKILL");
    await acting;
    await gateway.exited;
    for (const [room, { at }] of homes) if (at > killedAt - KEPT_AFTER_MS) homes.delete(room);
    gateway = await startGateway(binary, folder);
    // The first Connect succeeds at once, as the servers are known.
    for (const [room, { address }] of homes)
      expect([room, (await call(url, "Connect", room, `after-${kill}`)).result?.address]).toEqual([room, address]);
  }
  for (const { room, user } of banned) expect((await call(url, "Connect", room, user)).error?.code).toBe(USER_BANNED);
  const delivered = () =>
    new Set(
      servers.flatMap(({ tasks }) => tasks.flatMap((task) => ("user_data" in task ? [toId(task.user_data)] : []))),
    );
  const deadline = performance.now() + DELIVERY_DEADLINE_MS;
  while (updates.difference(delivered()).size > 0 && performance.now() < deadline) await Bun.sleep(50);
  expect(updates.difference(delivered()).size).toBe(0);
  process.stderr.write(`${banned.length} bans and ${updates.size} tasks acknowledged\n`);
  expect(banned.length).toBeGreaterThan(KILLS);
  for (const server of servers) server.stop();
  await gateway[Symbol.asyncDispose]();
}, 180_000);

function toBytes(id: number): number[] {
  return [id >> 16, (id >> 8) & 255, id & 255];
}

function toId([high = 0, middle = 0, low = 0]: readonly number[]): number {
  return (high << 16) | (middle << 8) | low;
}

/** A connection that a kill cuts off is what this is about; everything else is a fault. */
function reportUnlessCut(error: unknown): void {
  if (!(error instanceof Error && "code" in error)) throw error;
}

const MIGRATION = "/proc/sys/net/ipv4/tcp_migrate_req";

/** Has the system hand connections that nobody has taken yet to another listener of the port, or not, until disposed. */
function setMigration(value: string): Disposable {
  const before = readFileSync(MIGRATION, "utf8");
  writeFileSync(MIGRATION, value);
  return { [Symbol.dispose]: () => writeFileSync(MIGRATION, before) };
}

test.each([
  ["for clients that try a refused connection once more", "0"],
  ["at the first attempt with tcp_migrate_req", "1"],
])(
  `${TAKEOVERS} new processes take over one from the other under load, and no Connect fails %s`,
  async (_, migration) => {
    const isRoot = process.getuid?.() === 0;
    using _migration = isRoot ? setMigration(migration) : undefined;
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    using folder = createConfigFolder(port);
    let gateway = await startGateway(binary, folder);
    const servers = await startServers(url, 5);
    const rooms = new Map<string, string>();
    for (let index = 0; index < 50; index++) {
      const { result } = await call(url, "Connect", `match-${index}`, "first");
      rooms.set(`match-${index}`, result?.address ?? "nowhere");
    }
    await call(url, "RoomBanClient", "match-0", "backend", { room_id: "match-0", user_id: "cheater", ban_time: 3600 });

    const takeovers = async () => {
      for (let round = 0; round < TAKEOVERS; round++) {
        const next = await startGateway(binary, folder, ["--takeover"]);
        expect(await gateway.exited).toBe(0);
        gateway = next;
      }
    };
    const traffic = await runTraffic(url, 500, takeovers());
    process.stderr.write(`${traffic.connects} Connects, ${traffic.retried} of them at the second attempt\n`);
    expect(traffic.failures).toEqual({});
    if (isRoot && migration === "1") expect(traffic.retried).toBe(0);
    for (const [room, address] of rooms)
      expect([room, (await call(url, "Connect", room, "last")).result?.address]).toEqual([room, address]);
    expect((await call(url, "Connect", "match-0", "cheater")).error?.code).toBe(USER_BANNED);
    for (const server of servers) server.stop();
    await gateway[Symbol.asyncDispose]();
  },
  180_000,
);

test("SIGUSR2 puts the binary that is there by now in the place of the one that runs; one that cannot start changes nothing", async () => {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  using folder = createConfigFolder(port);
  using install = createTempFolder();
  const replace = (text?: string) => {
    rmSync(install.file("odin-gateway"), { force: true });
    if (text === undefined) copyFileSync(binary.file("odin-gateway"), install.file("odin-gateway"));
    else writeFileSync(install.file("odin-gateway"), text, { mode: 0o755 });
  };
  replace();
  const gateway = await startGateway(install, folder);
  const servers = await startServers(url, 2);
  const home = await call(url, "Connect", "lobby", "u");
  replace("#!/bin/sh\nexit 7\n");
  gateway.kill("SIGUSR2");
  await gateway.waitFor(/"exitCode":7.*this one goes on/);
  expect((await fetch(`${url}/livez`)).status).toBe(200);

  replace();
  gateway.kill("SIGUSR2");
  expect(await gateway.exited).toBe(0);
  expect((await call(url, "Connect", "lobby", "u")).result?.address).toBe(home.result?.address);
  const successor = Number(readFileSync(folder.file(".odin-gateway/holder.pid"), "utf8"));
  expect(successor).not.toBe(gateway.pid);
  for (const server of servers) server.stop();
  process.kill(successor, "SIGTERM");
  await gateway.waitFor(/"ended"[\s\S]*"ended"/);
}, 60_000);
