import { describe, expect, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { findFreePort } from "../../src/http/server.ts";
import { createTempFolder } from "../temp-folder.ts";
import { MASTER_KEY_TEXT, USERS } from "../world.ts";
import { run, start } from "./run.ts";
import { serveFolder } from "./serve-folder.ts";
import { startWorkers, workersConfig } from "./worker-gateway.ts";

const TLS = `${process.cwd()}/test/fixtures/tls`;
const HOST = "127.0.0.1";

/** A config whose servers and operators have a listener as `listen` says, if it says anything. */
const configText = (listen: object | undefined, { port = 0, more = "" } = {}) =>
  `export default { logFormat: "json", http: { hostname: "${HOST}", port: ${port} }, masterKey: "${MASTER_KEY_TEXT}", internal: ${JSON.stringify({ users: USERS, listen })}, ${more} };\n`;

const OPENED = /"url":"([^"]+)"[^\n]*"listening for servers and operators"/;

/** The status that an operator gets, on a connection of their own; nothing if nobody listens. */
async function ask(url: string, path = "internal", ca?: string): Promise<number | undefined> {
  try {
    const response = await fetch(`${url}${path}`, {
      method: path === "internal" ? "POST" : "GET",
      keepalive: false,
      headers: {
        authorization: `Basic ${btoa(`op:${USERS.op.password}`)}`,
        "content-type": "application/json",
        connection: "close",
      },
      ...(path === "internal" && { body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ConfigStatus" }) }),
      ...(ca !== undefined && { tls: { ca } }),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}

const waitUntil = async (holds: () => Promise<boolean>) => {
  while (!(await holds())) await Bun.sleep(20);
};

async function startIn(text: string, files: readonly string[] = []) {
  const folder = createTempFolder();
  for (const name of files) copyFileSync(`${TLS}/${name}`, folder.file(name));
  folder.write("gateway.config.ts", text);
  const gateway = await serveFolder(folder);
  return {
    folder,
    gateway,
    url: gateway.url,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

describe("internal.listen", () => {
  test("has servers and operators on a listener of their own, and nobody else; both end with the gateway", async () => {
    const served = await startIn(configText({ port: 0 }));
    const [, internal = ""] = await served.gateway.waitFor(OPENED);
    expect(internal).not.toBe(served.url);
    expect([
      await ask(internal),
      await ask(internal, "metrics"),
      await ask(internal, "livez"),
      await ask(internal, ""),
    ]).toEqual([200, 200, 200, 404]);
    expect([await ask(served.url), await ask(served.url, "metrics"), await ask(served.url, "livez")]).toEqual([
      404, 404, 200,
    ]);
    await served[Symbol.asyncDispose]();
    expect([await ask(internal), await ask(served.url)]).toEqual([undefined, undefined]);
  });

  test("can come, move and go with a reload, and what is theirs is never on two listeners", async () => {
    const [port, first, second] = [0, 0, 0].map(() => findFreePort(HOST, 0));
    await using served = await startIn(configText(undefined, { port }));
    const { folder, url } = served;
    const at = (port = 0) => `http://${HOST}:${port}/`;
    expect(await ask(url)).toBe(200);
    folder.write("gateway.config.ts", configText({ port: first }, { port }));
    await waitUntil(async () => (await ask(at(first))) === 200);
    expect(await ask(url)).toBe(404);
    folder.write("gateway.config.ts", configText({ port: second }, { port }));
    await waitUntil(async () => (await ask(at(second))) === 200 && (await ask(at(first))) === undefined);
    expect(await ask(url)).toBe(404);
    folder.write("gateway.config.ts", configText(undefined, { port }));
    await waitUntil(async () => (await ask(url)) === 200 && (await ask(at(second))) === undefined);
  }, 20_000);

  test("at an address that is taken changes nothing with a reload, also of the public one", async () => {
    using taken = Bun.serve({ hostname: HOST, port: 0, fetch: () => new Response() });
    const [port, next] = [findFreePort(HOST, 0), findFreePort(HOST, 0)];
    await using served = await startIn(configText({ port: 0 }, { port }));
    const [, internal = ""] = await served.gateway.waitFor(OPENED);
    served.folder.write("gateway.config.ts", configText({ port: taken.port }, { port: next }));
    await served.gateway.waitFor(/could not be reloaded/);
    expect(served.gateway.out()).toContain(`cannot listen on ${HOST}:${taken.port}`);
    expect([await ask(internal), await ask(served.url, "livez")]).toEqual([200, 200]);
    await waitUntil(async () => (await ask(`http://${HOST}:${next}/`, "livez")) === undefined);
    const where = Number(new URL(internal).port);
    served.folder.write("gateway.config.ts", configText({ port: 0 }, { port: where }));
    await served.gateway.waitFor(/another listener of this gateway does/);
    expect([await ask(internal), await ask(served.url, "livez")]).toEqual([200, 200]);
  }, 20_000);

  test("that is taken at the start is said in one line", async () => {
    using taken = Bun.serve({ hostname: HOST, port: 0, fetch: () => new Response() });
    using folder = createTempFolder({ "gateway.config.ts": configText({ port: taken.port }) });
    const { code, err } = await run(["serve"], { cwd: folder.path });
    expect([code, err]).toEqual([69, expect.stringContaining(`cannot listen on ${HOST}:${taken.port}`)]);
  });

  test("has TLS with a pair of its own, a renewed one counts when it is saved, and a bad one never", async () => {
    const listen = { port: 0, certFile: "cert.pem", keyFile: "key.pem" };
    await using served = await startIn(configText(listen), ["cert.pem", "key.pem"]);
    const [, internal = ""] = await served.gateway.waitFor(OPENED);
    const [old, next] = await Promise.all(
      ["cert.pem", "next-cert.pem"].map((name) => Bun.file(`${TLS}/${name}`).text()),
    );
    expect(internal).toStartWith("https:");
    expect(served.url).toStartWith("http:");
    expect(await ask(internal, "internal", old)).toBe(200);
    copyFileSync(`${TLS}/next-key.pem`, served.folder.file("key.pem"));
    await served.gateway.waitFor(
      /internal\.listen\.keyFile: is not the key of the certificate in internal\.listen\.certFile/,
    );
    expect(await ask(internal, "internal", old)).toBe(200);
    copyFileSync(`${TLS}/next-cert.pem`, served.folder.file("cert.pem"));
    await waitUntil(async () => (await ask(internal, "internal", next)) === 200);
    expect(served.gateway.out()).not.toContain("PRIVATE KEY");
  }, 20_000);

  test("has the pair of the public listener where that has TLS", async () => {
    const tls = `useSsl: true, https: { hostname: "${HOST}", port: 0, certFile: "cert.pem", keyFile: "key.pem" }`;
    await using served = await startIn(configText({ port: 0 }, { more: tls }), ["cert.pem", "key.pem"]);
    const [, internal = ""] = await served.gateway.waitFor(OPENED);
    const ca = await Bun.file(`${TLS}/cert.pem`).text();
    expect([await ask(internal, "internal", ca), await ask(served.url, "internal", ca)]).toEqual([200, 404]);
  });

  test("goes over to a process that takes over", async () => {
    const [port, internal] = [findFreePort(HOST, 0), findFreePort(HOST, 0)];
    const served = await startIn(configText({ port: internal }, { port }));
    await served.gateway.waitFor(/listening for servers/);
    const next = start(["serve", "--takeover"], { cwd: served.folder.path });
    expect((await served.gateway.result).code).toBe(0);
    const url = `http://${HOST}:${internal}/`;
    expect([await ask(url), await ask(served.url)]).toEqual([200, 404]);
    next.stop();
    expect((await next.result).code).toBe(0);
    served.folder[Symbol.dispose]();
  }, 20_000);

  test("is shared by workers, each of which answers there", async () => {
    const internal = findFreePort(HOST, 0);
    const text = workersConfig().replace("internal: {", `internal: { listen: { port: ${internal} },`);
    await using gateway = startWorkers(text);
    await gateway.waitFor(/all workers serve/);
    await gateway.waitFor(/"listening for servers and operators"/, 2);
    const url = `http://${HOST}:${internal}/`;
    for (let index = 0; index < 10; index++) expect([await ask(url), await ask(gateway.url())]).toEqual([200, 404]);
    gateway.kill("SIGTERM");
    expect(await gateway.exited).toBe(0);
  }, 20_000);
});

describe("check refuses", () => {
  test.each([
    ["the public port", { port: 7000 }, "", "internal.listen: must have another port than the public listener"],
    ["half a pair", { port: 1, certFile: "cert.pem" }, "", "must have both certFile and keyFile, or neither"],
    [
      "a pair that is not there",
      { port: 1, certFile: "no", keyFile: "no" },
      "",
      "internal.listen.certFile: cannot read",
    ],
    ["the metrics' port", { port: 9100 }, "metrics: { port: 9100 },", "metrics.port: must leave a port"],
    [
      "any port with workers",
      { port: 0 },
      'workers: 2, state: { redis: "redis://127.0.0.1:1" },',
      "with workers not 0, as they share it",
    ],
  ])("%s for internal.listen", async (_, listen, more, reason) => {
    using folder = createTempFolder({ "gateway.config.ts": configText(listen, { port: 7000, more }) });
    const { code, err } = await run(["check"], { cwd: folder.path });
    expect(code).not.toBe(0);
    expect(err).toContain(reason);
  });

  test("nothing else, and shows the address in effect", async () => {
    using folder = createTempFolder({ "gateway.config.ts": configText({ port: 7001 }, { port: 7000 }) });
    const { code, out } = await run(["check"], { cwd: folder.path });
    expect(code).toBe(0);
    expect(JSON.parse(out).internalListen).toEqual({ hostname: HOST, port: 7001, tls: false });
  });
});
