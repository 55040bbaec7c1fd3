import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import type { TempFolder } from "../temp-folder.ts";
import { buildBinary, createConfigFolder, findFreePort, type GatewayProcess, startGateway } from "./gateway-process.ts";
import { runTool } from "./tools.ts";
import { call, startServers } from "./traffic.ts";

const NOT_KEPT = -32019;
const USER_BANNED = -32014;

let binary: TempFolder;
beforeAll(async () => {
  binary = await buildBinary();
});
afterAll(() => binary[Symbol.dispose]());

const run = (...command: string[]) => runTool(command, { cwd: "/" });
const why = process.getuid?.() === 0 ? "" : " (skipped: only root can mount a disk of a few hundred kilobytes)";

/** A disk of that size for the state, unmounted when disposed. */
async function mountState(folder: TempFolder, kib: number): Promise<AsyncDisposable & { readonly path: string }> {
  const state = folder.file(".odin-gateway");
  mkdirSync(state);
  await run("mount", "-t", "tmpfs", "-o", `size=${kib}k`, "tmpfs", state);
  return { path: state, [Symbol.asyncDispose]: async () => void (await run("umount", "-l", state)) };
}

const banFrom = (url: string, room: string, user: string) =>
  call(url, "RoomBanClient", room, "backend", { room_id: room, user_id: user, ban_time: 3600 });

/** Has the server go on with another process, as after a crash. */
async function restart(gateway: GatewayProcess, folder: TempFolder): Promise<GatewayProcess> {
  gateway.kill("SIGKILL");
  await gateway.exited;
  return startGateway(binary, folder);
}

describe.skipIf(why !== "")(`the state's disk${why}`, () => {
  test("that is full stops no Connect, is said in the log, and all is kept again when there is place", async () => {
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    using folder = createConfigFolder(port);
    await using disk = await mountState(folder, 512);
    let gateway = await startGateway(binary, folder);
    const [server] = await startServers(url, 1);
    expect((await banFrom(url, "a", "first")).result).toEqual({});

    await run("sh", "-c", `dd if=/dev/zero of=${disk.path}/filler bs=1k 2>/dev/null || true`);
    // What SQLite holds already has some place left.
    let answer = await banFrom(url, "a", "second");
    for (let n = 0; n < 2_000 && answer.error === undefined; n++) answer = await banFrom(url, "a", `more-${n}`);
    expect(answer.error?.code).toBe(NOT_KEPT);
    expect((await call(url, "Connect", "b", "u")).result?.address).toBe("sfu1.sim:4433");
    await gateway.waitFor(/full.*the state cannot be kept/);
    gateway = await restart(gateway, folder);
    expect((await call(url, "Connect", "a", "first")).error?.code).toBe(USER_BANNED);
    expect((await call(url, "Connect", "c", "u")).result?.address).toBe("sfu1.sim:4433");

    await run("rm", `${disk.path}/filler`);
    expect((await banFrom(url, "a", "third")).result).toEqual({});
    gateway = await restart(gateway, folder);
    expect((await call(url, "Connect", "a", "third")).error?.code).toBe(USER_BANNED);
    server?.stop();
    await gateway[Symbol.asyncDispose]();
  }, 60_000);

  test("that is read-only at a start is read, and stops no Connect", async () => {
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    using folder = createConfigFolder(port);
    await using disk = await mountState(folder, 512);
    let gateway = await startGateway(binary, folder);
    const [server] = await startServers(url, 1);
    const home = await call(url, "Connect", "lobby", "u");
    expect((await banFrom(url, "a", "first")).result).toEqual({});
    gateway.kill("SIGKILL");
    await gateway.exited;
    await run("mount", "-o", "remount,ro", disk.path);
    gateway = await startGateway(binary, folder);
    expect((await call(url, "Connect", "lobby", "u")).result?.address).toBe(home.result?.address);
    expect((await call(url, "Connect", "a", "first")).error?.code).toBe(USER_BANNED);
    expect((await banFrom(url, "a", "second")).error?.code).toBe(NOT_KEPT);
    expect(gateway.log()).toContain("the kept state is not as it should be");
    await run("mount", "-o", "remount,rw", disk.path);
    await gateway.waitFor(/the state is kept again/);
    expect((await banFrom(url, "a", "third")).result).toEqual({});
    server?.stop();
    await gateway[Symbol.asyncDispose]();
  }, 60_000);
});
