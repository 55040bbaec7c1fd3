import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { RedisClient } from "bun";
import { createChildren } from "../../bench/processes/children.ts";
import { createLink, type Link } from "../../src/store/redis/link.ts";
import type { Script } from "../../src/store/redis/scripts.ts";
import { findFreePort } from "./gateway-process.ts";
import { startRedisLine } from "./redis/redis-line.ts";
import { REDIS_SERVER } from "./redis/redis-server.ts";
import { ensureTool } from "./tools.ts";

/** What is to be told of a link. */
interface Told {
  readonly link: Link;
  readonly messages: string[];
  readonly downs: string[];
  readonly ups: () => number;
}

const missing = await ensureTool(REDIS_SERVER, REDIS_SERVER);
const children = createChildren();
afterAll(() => children[Symbol.asyncDispose]());

const TLS = new URL("../fixtures/tls/", import.meta.url).pathname;
const PASSWORD = "correct horse";
const ECHO: Script = toScript("return { 'ok', ARGV[1] }");
const TELL: Script = toScript("redis.call('PUBLISH', 'news', ARGV[1]) return { 'told' }");
const BREAK: Script = toScript("return redis.call('HGET', KEYS[1])");

describe.skipIf(missing !== undefined)(`a link to Redis${missing ? ` (skipped: ${missing})` : ""}`, () => {
  test("runs scripts, and is told of what is published before it gets the answer", async () => {
    const redis = await start([]);
    using told = await connect(`redis://127.0.0.1:${redis.port}`);
    expect(await told.link.run(ECHO, "key", ["hello"])).toEqual(["ok", "hello"]);
    for (let i = 0; i < 100; i++) {
      await told.link.run(TELL, "key", [`news-${i}`]);
      expect(told.messages.at(-1)).toBe(`news-${i}`);
    }
  });

  test("signs in as a user who may do no more than it needs, in a database of its own", async () => {
    const rules = ["--user", "gateway", "on", `>${PASSWORD}`, "~*", "&news", ...ALLOWED, "--user", "default", "off"];
    const redis = await start(rules);
    using told = await connect(`redis://gateway:${encodeURIComponent(PASSWORD)}@127.0.0.1:${redis.port}/3`);
    expect(await told.link.run(ECHO, "key", ["hello"])).toEqual(["ok", "hello"]);
  });

  test("says that a password is wrong, without the password", async () => {
    const redis = await start(["--requirepass", PASSWORD]);
    const reason = await failToConnect(`redis://:wrong-horse@127.0.0.1:${redis.port}`);
    expect(reason).toMatch(/WRONGPASS|invalid/i);
    expect(reason).not.toContain("horse");
  });

  test("speaks TLS with a Redis whose certificate it was told to trust, and with no other", async () => {
    const port = await findFreePort();
    const files = ["--tls-cert-file", join(TLS, "cert.pem"), "--tls-key-file", join(TLS, "key.pem")];
    await start(["--tls-port", String(port), "--tls-auth-clients", "no", ...files]);
    const ca = await Bun.file(join(TLS, "cert.pem")).text();
    using told = await connect(`rediss://127.0.0.1:${port}`, ca);
    expect(await told.link.run(ECHO, "key", ["hello"])).toEqual(["ok", "hello"]);
    await failToConnect(`rediss://127.0.0.1:${port}`);
  });

  test("speaks to a Redis on a socket of the file system", async () => {
    const socket = join(mkdtempSync(join(children.folder, "socket-")), "redis.sock");
    await start(["--unixsocket", socket]);
    using told = await connect(`redis+unix://${socket}`);
    expect(await told.link.run(ECHO, "key", ["hello"])).toEqual(["ok", "hello"]);
  });

  test("rejects what waits for a Redis that hangs, and goes on when that does", async () => {
    const redis = await start([]);
    using told = await connect(`redis://127.0.0.1:${redis.port}`);
    redis.child.kill("SIGSTOP");
    expect(await errorOf(told.link.run(ECHO, "key", ["hello"]))).toBe("unavailable");
    expect(told.downs).toHaveLength(1);
    expect(await errorOf(told.link.send("PING", []))).toBe("unavailable");
    redis.child.kill("SIGCONT");
    await until(() => told.ups() === 2);
    expect(await told.link.run(ECHO, "key", ["again"])).toEqual(["ok", "again"]);
  });

  test("gives a connection up on which nothing gets to Redis, although it is still told of everything", async () => {
    const redis = await start([]);
    using line = await startRedisLine(`redis://127.0.0.1:${redis.port}`);
    using told = await connect(line.url);
    const other = new RedisClient(`redis://127.0.0.1:${redis.port}`);
    line.deafen();
    const asked = errorOf(told.link.run(ECHO, "key", ["hello"]));
    await other.send("PUBLISH", ["news", "still here"]);
    other.close();
    await until(() => told.messages.includes("still here"));
    expect(await asked).toBe("unavailable");
    line.heal();
    await until(() => told.ups() === 2);
    expect(await told.link.run(ECHO, "key", ["again"])).toEqual(["ok", "again"]);
  });

  test("does not wait for ever for the answer to a script that fails, and comes back", async () => {
    const redis = await start([]);
    using told = await connect(`redis://127.0.0.1:${redis.port}`);
    expect(await errorOf(told.link.run(BREAK, "key", []))).toBe("unavailable");
    await until(() => told.ups() === 2);
    expect(await told.link.run(ECHO, "key", ["again"])).toEqual(["ok", "again"]);
  });

  test("comes back with its scripts when somebody made Redis forget them", async () => {
    const redis = await start([]);
    using told = await connect(`redis://127.0.0.1:${redis.port}`);
    await told.link.send("SCRIPT", ["FLUSH"]);
    await errorOf(told.link.run(ECHO, "key", ["hello"]));
    await until(() => told.ups() === 2);
    expect(await told.link.run(ECHO, "key", ["again"])).toEqual(["ok", "again"]);
  });

  test("is down, and says why, while Redis takes no writes", async () => {
    const redis = await start(["--maxmemory", "1", "--maxmemory-policy", "noeviction"]);
    expect(await failToConnect(`redis://127.0.0.1:${redis.port}`)).toContain("OOM");
  });
});

/** What a gateway's user in Redis has to be allowed: docs/scaling.md names the same. */
const ALLOWED = ["-@all", "+@connection", "+@read", "+@write", "+@scripting", "+publish", "+subscribe", "+time"];

function toScript(source: string): Script {
  return { source, sha1: new Bun.CryptoHasher("sha1").update(source).digest("hex") };
}

async function start(options: readonly string[]): Promise<{ port: number; child: Bun.Subprocess }> {
  const port = await findFreePort();
  const folder = mkdtempSync(join(children.folder, "redis-"));
  const child = Bun.spawn(
    [REDIS_SERVER, "--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder, ...options],
    { cwd: folder, stdin: "ignore", stdout: Bun.file(join(folder, "log")), stderr: "inherit" },
  );
  children.adopt(child);
  await until(async () => (await Bun.file(join(folder, "log")).text()).includes("Ready to accept connections"));
  return { port, child };
}

function open(url: string, ca?: string): Told & Disposable {
  const messages: string[] = [];
  const downs: string[] = [];
  let ups = 0;
  const link = createLink({
    url,
    ca,
    channel: "news",
    probeKey: "probe",
    scripts: [ECHO, TELL, BREAK],
    now: Date.now,
    onMessage: (text) => messages.push(text),
    onUp: () => ups++,
    onDown: (reason) => downs.push(reason),
  });
  return { link, messages, downs, ups: () => ups, [Symbol.dispose]: () => link[Symbol.dispose]() };
}

async function connect(url: string, ca?: string): Promise<Told & Disposable> {
  const told = open(url, ca);
  await until(() => told.ups() === 1);
  return told;
}

/** Why there is no connection; throws if there is one. */
async function failToConnect(url: string): Promise<string> {
  using told = open(url);
  await until(() => told.downs.length > 0);
  expect(told.ups()).toBe(0);
  return told.downs[0] ?? "";
}

async function errorOf(asked: Promise<unknown>): Promise<unknown> {
  return await asked.then(
    (answer) => answer,
    (error: { error?: unknown }) => error.error,
  );
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error("it never came to this");
    await Bun.sleep(5);
  }
}
