import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { TokenGenerator } from "@4players/odin-tokens";
import { sign } from "tweetnacl";
import { systemClock } from "../src/clock.ts";
import { resolveConfig } from "../src/config/load.ts";
import { createGateway } from "../src/gateway.ts";
import { createLogger } from "../src/log.ts";
import type { Json } from "./json.ts";
import { createTempFolder, type TempFolder } from "./temp-folder.ts";
import { createCustomer, MASTER_KEY_TEXT, USERS } from "./world.ts";

const acme = createCustomer("acme", { maxPeers: 3 });
const CONFIG = {
  logFormat: "json",
  http: { hostname: "127.0.0.1", port: 0 },
  customersFile: "customers.json",
  sfuPools: { available: ["us", "eu"], default: "us" },
  internal: { users: USERS },
  masterKey: MASTER_KEY_TEXT,
} as const;

interface Running extends AsyncDisposable {
  readonly send: (path: string, init: RequestInit) => Promise<Response>;
}

async function startInProcess(folder: TempFolder): Promise<Running> {
  const config = resolveConfig(CONFIG, { source: folder.file("gateway.config.ts"), flags: {}, env: {} });
  const log = createLogger({
    level: "ERROR",
    format: "json",
    write: (line) => expect(line).toBe("no error in the log"),
  });
  const gateway = createGateway({ config, clock: systemClock, random: Math.random, log });
  return {
    send: (path, init) =>
      gateway.fetch(new Request(`http://127.0.0.1${path}`, init), { address: "127.0.0.1", port: 1 }),
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

async function startBinary(folder: TempFolder): Promise<Running> {
  const child = Bun.spawn([binary.file("odin-gateway"), "serve"], {
    cwd: folder.path,
    env: {},
    stdout: "pipe",
    stderr: "inherit",
  });
  const reader = child.stdout.getReader();
  let out = "";
  while (!out.includes('"listening"')) out += new TextDecoder().decode((await reader.read()).value);
  const [, url = ""] = out.match(/"url":"([^"]+)\/"/) ?? [];
  return {
    send: (path, init) => fetch(`${url}${path}`, init),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      expect(await child.exited).toBe(0);
    },
  };
}

let binary: TempFolder;

beforeAll(async () => {
  binary = createTempFolder();
  const build = Bun.spawn(["bun", "run", "build", "--outfile", binary.file("odin-gateway")], {
    stdout: "ignore",
    stderr: "pipe",
  });
  if ((await build.exited) !== 0) throw new Error(await new Response(build.stderr).text());
}, 60_000);

afterAll(() => binary[Symbol.dispose]());

describe.each([
  ["in process", startInProcess],
  ["as the compiled binary, beside nothing but its config", startBinary],
])("the gateway %s", (_, startGateway) => {
  test("takes a real client's token and gives a room token for a live server", async () => {
    const files = {
      "gateway.config.ts": `export default ${JSON.stringify(CONFIG)};\n`,
      "customers.json": JSON.stringify([{ ...acme.entry, maxRooms: null }]),
    };
    using folder = createTempFolder(files);
    await using gateway = await startGateway(folder);

    const internal = async (method: string, params: object, path = "/internal") => {
      const response = await gateway.send(path, {
        method: "POST",
        headers: { authorization: `Basic ${btoa(`sfu:${USERS.sfu}`)}`, "content-type": "application/json" },
        body: JSON.stringify({
          jsonrpc: "2.0",
          id: 1,
          method,
          params: { public_endpoint: "sfu1.example.com:4433", version: "1.6.0", ...params },
        }),
      });
      return ((await response.json()) as Json).result;
    };
    const generator = new TokenGenerator(acme.accessKey);
    const call = async (method: string, params: object = {}, { room = "lobby", user = "alice", path = "/" } = {}) => {
      const token = generator.createToken(room, user, { subject: method.toLowerCase() as never });
      const body = JSON.stringify({ jsonrpc: "2.0", id: "a", method, params });
      const response = await gateway.send(path, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
        body,
      });
      return (await response.json()) as Json;
    };
    const ready = async () => (await gateway.send("/readyz", { method: "GET" })).status;

    expect(await ready()).toBe(503);
    const { config } = await internal("sfu.GridConfig", { config: "[quic]\nmigration = false\n" });
    const jwk = (Bun.TOML.parse(config) as { authorization: { keys: { kid: string; x: string }[] } }).authorization
      .keys[0];
    expect(await internal("sfu.Report", { load: 0.1, clients: 0, rooms: [] })).toEqual({ tasks: [] });
    expect(await ready()).toBe(200);

    const { id, result } = await call("Connect");
    expect(id).toBe("a");
    expect(result.address).toBe("sfu1.example.com:4433");
    const [header, payload, signature] = result.token.split(".");
    const decode = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
    expect(decode(header)).toEqual({ alg: "EdDSA", kid: jwk?.kid ?? "" });
    expect(decode(payload)).toMatchObject({
      uid: "alice",
      cid: "acme",
      rid: "lobby",
      nsp: "acme",
      adr: "sfu1.example.com:4433",
      aud: "sfu",
    });
    const bytes = (text = "") => new Uint8Array(Buffer.from(text, "base64url"));
    expect(
      sign.detached.verify(new TextEncoder().encode(`${header}.${payload}`), bytes(signature), bytes(jwk?.x)),
    ).toBe(true);

    expect((await call("Connect", {}, { path: "/eu/" })).error.message).toBe("no server available");
    await call("Connect", {}, { user: "bob" });
    await call("Connect", {}, { user: "carol" });
    expect((await call("Connect", {}, { user: "dave" })).error).toMatchObject({
      code: -32010,
      message: "peer limit exceeded",
    });

    expect((await call("RoomUpdate", { room_id: "lobby", user_data: [1] })).result).toEqual({});
    expect((await call("RoomSendMessage", { room_id: "lobby", user_id: "alice", message: [2] })).result).toEqual({});
    expect((await call("RoomBanClient", { room_id: "lobby", user_id: "bob", ban_time: 60 })).result).toEqual({});
    expect((await call("RoomClose", { room_id: "lobby" })).result).toEqual({});
    const rooms = [{ id: ["acme", "lobby"], customer: "acme", age: { secs: 1, nanos: 0 }, peers: 3 }];
    const { tasks } = await internal("sfu.Report", { load: 0.1, clients: 3, rooms });
    expect(tasks.map(({ task }: { task: string }) => task)).toEqual([
      "RoomUpdate",
      "RoomSendMessage",
      "RoomBanClient",
      "RoomClose",
    ]);
    expect((await call("Connect", {}, { user: "bob" })).error.code).toBe(-32014);
  }, 20_000);
});

test("two connections of one machine are told apart, so that a lost reply is noticed over real sockets", async () => {
  using folder = createTempFolder({
    "gateway.config.ts": `export default ${JSON.stringify(CONFIG)};\n`,
    "customers.json": JSON.stringify([{ ...acme.entry, maxRooms: null }]),
  });
  await using gateway = await startBinary(folder);
  const report = async (connection: string) => {
    const rooms = [{ id: ["acme", "lobby"], customer: "acme", age: { secs: 99, nanos: 0 }, peers: 1 }];
    const params = { public_endpoint: "sfu1:4433", version: "1", load: 0, clients: 1, rooms };
    const response = await gateway.send("/internal", {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`sfu:${USERS.sfu}`)}`, "content-type": "application/json", connection },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "sfu.Report", params }),
    });
    return ((await response.json()) as Json).result.tasks.length;
  };
  await report("keep-alive");
  await report("keep-alive");
  const token = new TokenGenerator(acme.accessKey).createToken("lobby", "backend", { subject: "roomupdate" as never });
  const body = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "RoomUpdate",
    params: { room_id: "lobby", user_data: [1] },
  });
  await gateway.send("/", { method: "POST", headers: { authorization: `Bearer ${token}`, connection: "close" }, body });
  expect(await report("close")).toBe(1);
  expect(await report("keep-alive")).toBe(1);
  expect(await report("keep-alive")).toBe(0);
}, 20_000);

test("the compiled binary reloads its config and what that imports when they change, and says so", async () => {
  using folder = createTempFolder({
    "gateway.config.ts": `import { lifetime } from "./lifetime";\nexport default { ...${JSON.stringify(CONFIG)}, loginToken: { lifetime } };\n`,
    "lifetime.ts": "export const lifetime: number = 300;\n",
    "customers.json": JSON.stringify([{ ...acme.entry, maxRooms: null }]),
  });
  await using gateway = await startBinary(folder);
  const ask = async (method: string) => {
    const response = await gateway.send("/internal", {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`op:${USERS.op.password}`)}`, "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: {} }),
    });
    return ((await response.json()) as Json).result;
  };
  for (const lifetime of [60, 120]) {
    folder.write("lifetime.ts", `export const lifetime: number = ${lifetime};\n`);
    const isApplied = async () =>
      (await ask("ConfigStatus")).lastReload?.changed.some((line: string) => line.endsWith(`→ ${lifetime}`));
    while (!(await isApplied())) await Bun.sleep(10);
  }
  folder.write("gateway.config.ts", "export default {\n");
  while ((await ask("ConfigStatus")).lastReload.outcome !== "failed") await Bun.sleep(10);
  expect((await ask("Reload")).reason).toContain("gateway.config.ts:");
  folder.write("gateway.config.ts", "process.exit(0);\n");
  expect((await ask("Reload")).reason).toContain("called process.exit(0) while it was loading");
}, 20_000);
