import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { systemClock } from "../../src/clock.ts";
import { createRpcClient } from "../../src/sim/rpc-client.ts";
import { createSimServer } from "../../src/sim/sim-server.ts";
import { acme } from "../cli/fixture.ts";
import { run } from "../cli/run.ts";
import { serveFolder } from "../cli/serve-folder.ts";
import { createTempFolder } from "../temp-folder.ts";

const USER_BANNED = -32014;
const WRITERS = 8;
const BACKUPS = 8;
const BANS_BETWEEN = 200;
const CONFIG = `export default {
  logFormat: "json",
  http: { hostname: "127.0.0.1", port: 0 },
  customers: [${JSON.stringify(acme.entry).replaceAll("null", "Infinity")}],
  internal: { users: { sfu: "hunter2", op: { password: "hunter3", role: "operator" } } },
};
`;

async function backUp(state: string, backup: string) {
  const child = Bun.spawn(["sh", "packaging/backup-state.sh", state, backup], { stderr: "pipe" });
  return { code: await child.exited, err: await child.stderr.text() };
}

async function call(url: string, method: string, user: string, params = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${await acme.signToken({ room: "lobby", user, nowMs: Date.now() })}` },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  return (await response.json()) as { result?: { address?: string }; error?: { code: number } };
}

async function startServer(url: string, endpoint: string) {
  const server = createSimServer({
    endpoint,
    call: createRpcClient({ url: `${url.replace("://", "://sfu:hunter2@")}internal` }),
    clock: systemClock,
    random: Math.random,
    onError: () => {},
  });
  await server.start();
  return { [Symbol.dispose]: () => server.stop() };
}

/** Bans one user after the other, from several backends at once, until disposed; gives those whose bans were acknowledged. */
function startBanning(url: string) {
  const banned: string[] = [];
  let isOver = false;
  const backends = Array.from({ length: WRITERS }, async (_, backend) => {
    for (let index = 0; !isOver; index++) {
      const user_id = `cheater-${backend}-${index}-${"x".repeat(200)}`;
      const answer = await call(url, "RoomBanClient", "backend", { room_id: "lobby", user_id, ban_time: 3600 });
      expect(answer.error).toBeUndefined();
      banned.push(user_id);
    }
  });
  return {
    banned,
    async [Symbol.asyncDispose]() {
      isOver = true;
      await Promise.all(backends);
    },
  };
}

async function listBanned(url: string): Promise<Set<string>> {
  const env = { ODIN_GATEWAY_URL: url, ODIN_GATEWAY_USER: "op:hunter3" };
  const { out } = await run(["bans", "--limit", "100000", "--json"], { env });
  return new Set(JSON.parse(out).bans.map((ban: { user_id: string }) => ban.user_id));
}

test("a backup of a gateway that writes all the time has, in another folder, every ban and room of before", async () => {
  using folder = createTempFolder({ "gateway.config.ts": CONFIG });
  const state = folder.file(".odin-gateway");
  const backups: { readonly name: string; readonly banned: readonly string[] }[] = [];
  let home: string | undefined;
  {
    await using gateway = await serveFolder(folder);
    using _one = await startServer(gateway.url, "sfu1:4433");
    using _other = await startServer(gateway.url, "sfu2:4433");
    home = (await call(gateway.url, "Connect", "alice")).result?.address;
    // The map of rooms is on the disk a moment later than the answer; a ban that is acknowledged is after it.
    await using banning = startBanning(gateway.url);
    for (let round = 1; round <= BACKUPS; round++) {
      const enough = banning.banned.length + BANS_BETWEEN;
      while (banning.banned.length < enough) await Bun.sleep(5);
      const banned = [...banning.banned];
      expect(await backUp(state, folder.file(`backup-${round}`))).toEqual({ code: 0, err: "" });
      backups.push({ name: `backup-${round}`, banned });
    }
  }
  for (const { name, banned } of backups) {
    const other = folder.file(`restored-${name}`);
    Bun.spawnSync(["mkdir", other]);
    Bun.spawnSync(["cp", "-p", folder.file("gateway.config.ts"), other]);
    Bun.spawnSync(["cp", "-Rp", folder.file(name), `${other}/.odin-gateway`]);
    await using gateway = await serveFolder({ path: other });
    expect(gateway.out()).not.toContain("not as it should be");
    const kept = await listBanned(gateway.url);
    expect([name, banned.filter((user) => !kept.has(user)).length]).toEqual([name, 0]);
    expect((await call(gateway.url, "Connect", banned[0] ?? "")).error?.code).toBe(USER_BANNED);
    expect((await call(gateway.url, "Connect", "bob")).result?.address).toBe(home);
  }
}, 120_000);

test("a backup replaces the one of before, holds the generated key, is closed to others, and leaves nothing else", async () => {
  using folder = createTempFolder({ "gateway.config.ts": CONFIG });
  const [state, backup] = [folder.file(".odin-gateway"), folder.file("backup")];
  {
    await using gateway = await serveFolder(folder);
    await call(gateway.url, "RoomBanClient", "backend", { room_id: "lobby", user_id: "bob", ban_time: 3600 });
    expect((await backUp(state, backup)).code).toBe(0);
    expect(readdirSync(backup).sort()).toEqual(["master.key", "state.sqlite", "state.sqlite-wal"]);
  }
  // Of a gateway that has ended the log of writes is gone: all is in the database.
  expect((await backUp(state, backup)).code).toBe(0);
  expect(readdirSync(backup).sort()).toEqual(["master.key", "state.sqlite"]);
  expect(readFileSync(`${backup}/master.key`, "utf8")).toBe(readFileSync(`${state}/master.key`, "utf8"));
  expect(statSync(backup).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder.path).sort()).toEqual([".odin-gateway", "backup", "gateway.config.ts"]);
});

test("a backup that cannot be made says so, and the one of before stays", async () => {
  using folder = createTempFolder({ "backup/state.sqlite": "of before" });
  const { code, err } = await backUp(folder.file("nowhere"), folder.file("backup"));
  expect([code, err]).toEqual([1, expect.stringContaining("state.sqlite")]);
  expect(existsSync(folder.file("backup/state.sqlite"))).toBe(true);
});
