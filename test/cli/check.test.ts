import { describe, expect, test } from "bun:test";
import { chmodSync } from "node:fs";
import { resolve } from "node:path";
import { parseAccessKey } from "../../src/auth/access-key.ts";
import { createTempFolder } from "../temp-folder.ts";
import vectors from "../vectors.json";
import { MASTER_KEY_TEXT } from "../world.ts";
import { acme, configText } from "./fixture.ts";
import { run, start } from "./run.ts";

describe("check", () => {
  test("prints what is in effect, with secrets masked", async () => {
    using folder = createTempFolder({ "gateway.config.ts": configText() });
    const { code, out, err } = await run(["check", "--port", "7777"], { cwd: folder.path });
    expect(code).toBe(0);
    expect(err).toBe(`${folder.file("gateway.config.ts")} is good
`);
    expect(JSON.parse(out)).toMatchObject({
      listen: { hostname: "127.0.0.1", port: 7777, tls: false },
      customers: [
        {
          id: "acme",
          maxPeers: 100,
          maxRooms: "Infinity",
          accessKeys: [{ namespace: "acme", kid: parseAccessKey(acme.accessKey).kid }],
        },
      ],
      internal: { users: { sfu: { password: "***", role: "server" } } },
      masterKey: "configured",
    });
    expect(out).not.toContain("hunter22");
    expect(out).not.toContain(MASTER_KEY_TEXT);
  });

  test("warns of proxies that are everybody and of short passwords, and quotes none", async () => {
    const odd = `export default { customers: [${JSON.stringify({ ...acme.entry, maxRooms: 1 })}], trustedProxies: ["10.0.0.0/8", "0.0.0.0/0", "::/0"], internal: { users: { sfu: "s3cretX", op: { password: "s3cretXY", role: "operator" } } } };\n`;
    using folder = createTempFolder({ "gateway.config.ts": odd });
    const { code, out, err } = await run(["check"], { cwd: folder.path });
    expect([code, err.split("\n").filter((line) => line.startsWith("warning: "))]).toEqual([
      0,
      [
        "warning: the password of internal.users.sfu is shorter than 8 characters: it can be guessed",
        "warning: trustedProxies has 0.0.0.0/0, which is everybody: callers can claim to come from any address",
        "warning: trustedProxies has ::/0, which is everybody: callers can claim to come from any address",
      ],
    ]);
    expect(out + err).not.toContain("s3cretX");
  });

  test("makes no master key", async () => {
    using folder = createTempFolder({ "gateway.config.ts": "export default {};\n" });
    const { out } = await run(["check"], { cwd: folder.path });
    expect(JSON.parse(out).masterKey).toContain("to be generated at first start");
    expect(await Bun.file(folder.file(".odin-gateway/master.key")).exists()).toBe(false);
  });

  test("names every fault, with exit code 78", async () => {
    using folder = createTempFolder({ "gateway.config.ts": configText('logLevel: "LOUD", roomScope: "none",') });
    const { code, err } = await run(["check"], { cwd: folder.path });
    expect(code).toBe(78);
    expect(err).toContain("  logLevel: must be one of");
    expect(err).toContain("  roomScope: must be");
  });

  test("calls updateFunction as serve would", async () => {
    const api = (result: string) =>
      `export default { customerApi: { updateFunction: async () => ${result}, updateInterval: 60 } };\n`;
    using folder = createTempFolder({ "gateway.config.ts": api(JSON.stringify([{ ...acme.entry, maxRooms: null }])) });
    expect(JSON.parse((await run(["check"], { cwd: folder.path })).out).customerApi).toEqual({
      updateInterval: 60,
      customers: 1,
    });
    folder.write("gateway.config.ts", api('{ throw new Error("no route to host"); }'));
    expect(await run(["check"], { cwd: folder.path })).toMatchObject({
      code: 69,
      err: expect.stringContaining("no route to host"),
    });
  });

  test("takes a folder for no config", async () => {
    using folder = createTempFolder();
    expect(await run(["check", "--config", "."], { cwd: folder.path })).toMatchObject({
      code: 66,
      err: expect.stringContaining("this is a folder"),
    });
  });

  test("says in one line that a config cannot be read", async () => {
    const { code, err } = await run(["check", "--config", "x".repeat(300)]);
    expect([code, err]).toEqual([66, expect.stringMatching(/: cannot read the config file \S+; --config PATH .*\n$/)]);
    if (process.getuid?.() === 0) return;
    using folder = createTempFolder({ "gateway.config.ts": configText() });
    chmodSync(folder.file("gateway.config.ts"), 0);
    expect((await run(["check"], { cwd: folder.path })).err).toContain(
      "permission denied: cannot read the config file",
    );
  });

  test("says in one line that there is no place for temporary files", async () => {
    using folder = createTempFolder({ "gateway.config.ts": configText() });
    const child = Bun.spawn([process.execPath, `${process.cwd()}/index.ts`, "check"], {
      cwd: folder.path,
      env: { ...process.env, TMPDIR: folder.file("nowhere") },
      stderr: "pipe",
    });
    expect(await new Response(child.stderr).text()).toContain("cannot make a temporary folder here, set TMPDIR");
    expect(await child.exited).toBe(78);
  });

  test("leaves out what serve would leave out, and says so", async () => {
    const entry = {
      ...acme.entry,
      maxRooms: null,
      accessKeys: [
        {
          publicKey: {
            ...acme.entry.accessKeys[0]?.publicKey,
            kid: "k",
            x: "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
          },
        },
        ...acme.entry.accessKeys,
      ],
    };
    const text = `export default { customerApi: { updateFunction: async () => ${JSON.stringify([entry])} } };\n`;
    using folder = createTempFolder({ "gateway.config.ts": text });
    expect(await run(["check"], { cwd: folder.path })).toMatchObject({
      code: 0,
      err: expect.stringContaining("left out: customers[0].accessKeys[0]"),
    });
  });

  test("checks the TLS files", async () => {
    const tls = resolve("test/fixtures/tls");
    using folder = createTempFolder({ "gateway.config.ts": configText() });
    const check = (cert: string, key: string) =>
      run(["check", "--ssl", "--certificate", `${tls}/${cert}`, "--privatekey", `${tls}/${key}`], { cwd: folder.path });
    expect((await check("cert.pem", "key.pem")).code).toBe(0);
    expect(await check("cert.pem", "other-key.pem")).toMatchObject({
      code: 78,
      err: expect.stringContaining("is not the key of the certificate"),
    });
    expect(await check("key.pem", "key.pem")).toMatchObject({
      code: 78,
      err: expect.stringContaining("is no certificate in PEM"),
    });
    expect((await check("missing.pem", "key.pem")).code).toBe(66);
    const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    folder.write("chain.pem", `${await Bun.file(`${tls}/cert.pem`).text()}${broken}`);
    const chain = ["check", "--ssl", "--certificate", folder.file("chain.pem"), "--privatekey", `${tls}/key.pem`];
    expect(await run(chain, { cwd: folder.path })).toMatchObject({
      code: 78,
      err: expect.stringContaining("broken certificate in its chain"),
    });
    const only = await run(["check", "--certificate", `${tls}/cert.pem`], { cwd: folder.path });
    expect([only.code, only.err]).toEqual([64, "odin-gateway: --certificate needs --ssl\n"]);
  });

  describe("fault 13 of the Deno gateway", () => {
    test("--masterkey is the key from which servers' keys are derived", async () => {
      using folder = createTempFolder({ "gateway.config.ts": configText() });
      const other = vectors.serverKeys[0]?.masterKey ?? "";
      const gateway = start(["serve", "--masterkey", other, "--insecure-sample-key"], { cwd: folder.path });
      const [, url] = await gateway.waitFor(/url="(http:[^"]+)"/);
      const response = await fetch(`${url}internal`, {
        method: "POST",
        headers: { authorization: `Basic ${btoa("sfu:hunter22")}`, "content-type": "application/json" },
        body: JSON.stringify({
          jsonrpc: "2.0",
          id: 1,
          method: "sfu.GridConfig",
          params: { public_endpoint: "localhost:4433", version: "1" },
        }),
      });
      expect(await response.text()).toContain(vectors.serverKeys[0]?.jwk.kid ?? "none");
      gateway.stop();
      expect((await gateway.result).code).toBe(0);
    });
  });
});

test("check masks the URL of a shared state, and what it trusts", async () => {
  const ca = resolve("test/fixtures/tls/cert.pem");
  const state = `state: { redis: "rediss://u:redis-password@redis.example.com", ca: ${JSON.stringify(ca)} }, workers: 2,`;
  using folder = createTempFolder({ "gateway.config.ts": configText(state) });
  const { code, out, err } = await run(["check"], { cwd: folder.path });
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    state: { redis: "***", ca: "***", keyPrefix: "odin-gateway", onOutage: "degrade" },
    workers: 2,
  });
  expect(out + err).not.toMatch(/redis-password|redis\.example\.com|BEGIN CERTIFICATE/);
});
