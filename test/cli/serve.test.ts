import { describe, expect, test } from "bun:test";
import { copyFileSync, statSync } from "node:fs";
import { lockState } from "../../src/store/state-lock.ts";
import { createTempFolder, type TempFolder } from "../temp-folder.ts";
import { acme, configText as configTextOfAcme } from "./fixture.ts";
import { run, start } from "./run.ts";

const TLS = `${process.cwd()}/test/fixtures/tls`;
const configText = (more: string) => `export default { logFormat: "json", ${more} };\n`;
const HTTP = configText('http: { hostname: "127.0.0.1", port: 0 }');

function findFreePort(): number {
  using server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  return server.port ?? 0;
}

function usePair(folder: TempFolder, cert: string, key: string): void {
  copyFileSync(`${TLS}/${key}`, folder.file("key.pem"));
  copyFileSync(`${TLS}/${cert}`, folder.file("cert.pem"));
}

describe("the state folder", () => {
  test("belongs to one process: a second one says whose it is, with exit code 75", async () => {
    using folder = createTempFolder({ "gateway.config.ts": HTTP });
    const first = start(["serve"], { cwd: folder.path });
    await first.waitFor(/listening/);
    const { code, err } = await run(["serve"], { cwd: folder.path });
    expect([code, err]).toEqual([
      75,
      `odin-gateway: another gateway, process ${process.pid}, uses the state folder ${folder.file(".odin-gateway")}\n`,
    ]);
    first.stop();
    await first.result;
    const third = start(["serve"], { cwd: folder.path });
    await third.waitFor(/listening/);
    third.stop();
    expect((await third.result).code).toBe(0);
  });

  test("is free again when its process was killed", async () => {
    using folder = createTempFolder({ "gateway.config.ts": HTTP });
    const child = Bun.spawn([process.execPath, `${process.cwd()}/index.ts`], { cwd: folder.path, stdout: "pipe" });
    const reader = child.stdout.getReader();
    let out = "";
    while (!out.includes("listening")) out += new TextDecoder().decode((await reader.read()).value);
    expect((await run(["serve"], { cwd: folder.path })).err).toContain(`process ${child.pid},`);
    child.kill("SIGKILL");
    await child.exited;
    const next = start(["serve"], { cwd: folder.path });
    await next.waitFor(/listening/);
    next.stop();
    await next.result;
  });

  test("is locked by a file that nobody else can read, which is made anew if it is no database", () => {
    using folder = createTempFolder({ "lock.sqlite": "garbage ".repeat(200) });
    const lock = lockState(folder.path);
    expect(lock.outcome).toBe("held");
    expect(statSync(folder.file("lock.sqlite")).mode & 0o777).toBe(0o600);
    expect(statSync(folder.file("holder.pid")).mode & 0o777).toBe(0o600);
    expect(lockState(folder.path).outcome).toBe("taken");
    if (lock.outcome === "held") lock[Symbol.dispose]();
  });

  test("is locked also where nothing can say by whom", () => {
    using folder = createTempFolder({ "holder.pid/in-the-way": "" });
    const lock = lockState(folder.path);
    expect(lock.outcome).toBe("held");
    expect(lockState(folder.path)).toEqual({ outcome: "taken", holder: "unknown" });
    if (lock.outcome === "held") lock[Symbol.dispose]();
  });

  test("that cannot be locked is worth a warning, not the service", async () => {
    using folder = createTempFolder({ "not-a-folder": "" });
    folder.write(
      "gateway.config.ts",
      configText(`http: { hostname: "127.0.0.1", port: 0 }, stateDir: "not-a-folder", masterKey: "${"A".repeat(44)}"`),
    );
    const gateway = start(["serve"], { cwd: folder.path });
    await gateway.waitFor(/cannot be locked[\s\S]*listening/);
    gateway.stop();
    expect((await gateway.result).code).toBe(0);
  });
});

describe("a reload of the listener", () => {
  test("opens the new address before it gives up the old one", async () => {
    const [first, second] = [findFreePort(), findFreePort()];
    using folder = createTempFolder({
      "gateway.config.ts": configText(`http: { hostname: "127.0.0.1", port: ${first} }`),
    });
    const gateway = start(["serve"], { cwd: folder.path });
    await gateway.waitFor(/listening/);
    folder.write("gateway.config.ts", configText(`http: { hostname: "127.0.0.1", port: ${second} }`));
    await gateway.waitFor(new RegExp(`"http://127.0.0.1:${second}/"`));
    expect((await fetch(`http://127.0.0.1:${second}/livez`)).status).toBe(200);
    const isOpen = () =>
      fetch(`http://127.0.0.1:${first}/livez`, { keepalive: false }).then(
        () => true,
        () => false,
      );
    while (await isOpen()) await Bun.sleep(20);
    gateway.stop();
    expect((await gateway.result).code).toBe(0);
  });

  test("to another host name on the same port works too", async () => {
    const port = findFreePort();
    using folder = createTempFolder({
      "gateway.config.ts": configText(`http: { hostname: "0.0.0.0", port: ${port} }`),
    });
    const gateway = start(["serve"], { cwd: folder.path });
    await gateway.waitFor(/listening/);
    folder.write("gateway.config.ts", configText(`http: { hostname: "127.0.0.1", port: ${port} }`));
    await gateway.waitFor(/the config was reloaded/);
    expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
    gateway.stop();
    expect((await gateway.result).code).toBe(0);
  });

  test("to an address that is taken changes nothing", async () => {
    using taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    using folder = createTempFolder({ "gateway.config.ts": HTTP });
    const gateway = start(["serve"], { cwd: folder.path });
    const [, url] = await gateway.waitFor(/"url":"([^"]+)"/);
    folder.write(
      "gateway.config.ts",
      configText(`http: { hostname: "127.0.0.1", port: ${taken.port} }, roomScope: "prefix"`),
    );
    await gateway.waitFor(/could not be reloaded/);
    expect(gateway.out()).toContain(`cannot listen on 127.0.0.1:${taken.port}`);
    expect((await fetch(`${url}livez`)).status).toBe(200);
    gateway.stop();
    expect((await gateway.result).code).toBe(0);
  });

  test("with new TLS files serves new connections with them, and breaks off none", async () => {
    using folder = createTempFolder();
    usePair(folder, "cert.pem", "key.pem");
    folder.write(
      "gateway.config.ts",
      configText('useSsl: true, https: { hostname: "127.0.0.1", port: 0, certFile: "cert.pem", keyFile: "key.pem" }'),
    );
    const gateway = start(["serve"], { cwd: folder.path });
    const [, url] = await gateway.waitFor(/"url":"([^"]+)"/);
    const [old, next] = await Promise.all(
      ["cert.pem", "next-cert.pem"].map((name) => Bun.file(`${TLS}/${name}`).text()),
    );
    const ask = (ca: string | undefined) =>
      fetch(`${url}livez`, { tls: { ca: ca ?? "" } }).then(({ status }) => status);
    expect(await ask(old)).toBe(200);

    for (const [cert, key, reason] of [
      ["cert.pem", "next-key.pem", "is not the key of the certificate"],
      ["expired-cert.pem", "key.pem", "expired on"],
      ["key.pem", "key.pem", "is no certificate in PEM"],
    ] as const) {
      usePair(folder, cert, key);
      await gateway.waitFor(new RegExp(reason));
      expect(await ask(old)).toBe(200);
    }

    let failed = 0;
    let isDone = false;
    const client = (async () => {
      while (!isDone)
        await ask(`${old}\n${next}`).then(
          (status) => status === 200 || failed++,
          () => failed++,
        );
    })();
    usePair(folder, "next-cert.pem", "next-key.pem");
    await gateway.waitFor(/listening[\s\S]*listening/);
    const isServed = () =>
      fetch(`${url}livez`, { tls: { ca: next ?? "" }, keepalive: false }).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await isServed())) await Bun.sleep(20);
    isDone = true;
    await client;
    expect(failed).toBe(0);
    gateway.stop();
    expect((await gateway.result).code).toBe(0);
  }, 15_000);
});

describe("asked to end, the gateway", () => {
  const startIn = async (settings: string) => {
    const folder = createTempFolder({
      "gateway.config.ts": configTextOfAcme(settings),
    });
    const gateway = start(["serve"], { cwd: folder.path });
    const [, url = ""] = await gateway.waitFor(/url="(http:[^"]+)"/);
    return { folder, gateway, url };
  };
  /** Sends a request whose body is one byte short, and gives what came back when the connection ended. */
  const sendSlowly = async (url: string) => {
    const token = await acme.signToken({ room: "a", user: "u", nowMs: Date.now() });
    const ended = Promise.withResolvers<string>();
    let reply = "";
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: Number(new URL(url).port),
      socket: {
        data: (_, bytes) => {
          reply += bytes.toString();
          if (reply.includes("}")) ended.resolve(reply);
        },
        close: () => ended.resolve(reply),
      },
    });
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "Connect", params: {} });
    const head = `POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${body.length}\r\n\r\n`;
    socket.write(head + body.slice(0, -1));
    await fetch(`${url}livez`);
    return { finish: () => socket.write(body.slice(-1)), reply: ended.promise };
  };

  test("is not ready first, serves on for drainDelay, then takes no more connections, and ends with 0", async () => {
    const { folder, gateway, url } = await startIn("drainDelay: 0.5");
    using _folder = folder;
    gateway.stop();
    await gateway.waitFor(/asked to end/);
    const readiness = await fetch(`${url}readyz`);
    expect([readiness.status, await readiness.json()]).toMatchObject([
      503,
      { reasons: ["the gateway is draining", "no server has reported lately"] },
    ]);
    const token = await acme.signToken({ room: "a", user: "u", nowMs: Date.now() });
    const answer = await fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "Connect", params: {} }),
    });
    expect([answer.status, await answer.json()]).toMatchObject([200, { error: { message: "no server available" } }]);
    expect((await gateway.result).code).toBe(0);
    await expect(fetch(`${url}livez`)).rejects.toThrow();
  });

  test("finishes what is in flight", async () => {
    const { folder, gateway, url } = await startIn("drainTimeout: 30");
    using _folder = folder;
    const slow = await sendSlowly(url);
    gateway.stop();
    await gateway.waitFor(/asked to end/);
    slow.finish();
    expect(await slow.reply).toContain("no server available");
    expect((await gateway.result).code).toBe(0);
  });

  test("cuts what is not finished after drainTimeout", async () => {
    const { folder, gateway, url } = await startIn("drainTimeout: 0.1");
    using _folder = folder;
    const slow = await sendSlowly(url);
    gateway.stop();
    expect((await gateway.result).code).toBe(0);
    expect(await slow.reply).toBe("");
  });
});
