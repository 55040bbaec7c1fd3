import { describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { parseAccessKey } from "../../src/auth/access-key.ts";
import { deriveServerKey } from "../../src/auth/server-key.ts";
import { createTempFolder } from "../temp-folder.ts";
import vectors from "../vectors.json";
import { createCustomer, MASTER_KEY, MASTER_KEY_TEXT } from "../world.ts";
import { run, start } from "./run.ts";

const acme = createCustomer("acme", { maxPeers: 100 });
const configText = (more = "") =>
  `export default { http: { hostname: "127.0.0.1", port: 0 }, customers: [${JSON.stringify(acme.entry).replaceAll("null", "Infinity")}], internal: { users: { sfu: "hunter2" } }, masterKey: "${MASTER_KEY_TEXT}", ${more} };\n`;

describe("keygen", () => {
  test("makes a key, its public half and the customer entry to paste", async () => {
    const { code, out } = await run(["keygen", "--id", "acme", "--max-peers", "10", "--namespace", "live", "--json"]);
    expect(code).toBe(0);
    const { accessKey, publicKey, customer } = JSON.parse(out);
    const { d: _, ...expected } = parseAccessKey(accessKey);
    expect(publicKey).toEqual(expected);
    expect(customer).toEqual({
      id: "acme",
      maxPeers: 10,
      maxRooms: null,
      accessKeys: [{ namespace: "live", publicKey }],
    });
  });

  test("shows a person what goes where", async () => {
    const { out } = await run(["keygen"]);
    expect(out).toContain("It is a secret");
    const entry = out.slice(out.indexOf("  {\n"));
    expect(JSON.parse(entry)).toMatchObject({ id: "my-game", maxPeers: null });
  });
});

describe("token and inspect", () => {
  const sign = async (...more: string[]) =>
    (await run(["token", "--access-key", acme.accessKey, "--room", "lobby", "--user", "alice", ...more])).out.trim();

  test("token signs what its flags say", async () => {
    const signed = await sign(
      "--room",
      "{lobby}2",
      "--subject",
      "connect",
      "--lifetime",
      "60",
      "--audience",
      "gateway",
      "--tags",
      "red",
    );
    expect(decodeProtectedHeader(signed)).toEqual({ alg: "EdDSA", kid: parseAccessKey(acme.accessKey).kid });
    const { exp = 0, nbf = 0, ...claims } = decodeJwt(signed);
    expect(claims).toEqual({ rid: ["lobby", "{lobby}2"], uid: "alice", sub: "connect", aud: "gateway", tgs: ["red"] });
    expect(exp - nbf).toBe(60);
  });

  test("token takes the key from the environment", async () => {
    const { code } = await run(["token", "--room", "a", "--user", "u"], { env: { ODIN_ACCESS_KEY: acme.accessKey } });
    expect(code).toBe(0);
  });

  test.each([
    ["--room", "no user"],
    ["--user", "no room"],
  ])("token with only %s says what is missing", async (flag, message) => {
    const { code, err } = await run(["token", "--access-key", acme.accessKey, flag, "x"]);
    expect([code, err]).toEqual([64, expect.stringContaining(message)]);
  });

  test("inspect says whose key a token verifies under", async () => {
    using folder = createTempFolder({ "gateway.config.ts": configText() });
    const { code, out } = await run(["inspect", await sign()], { cwd: folder.path });
    expect(code).toBe(0);
    expect(out).toContain('"rid": "lobby"');
    expect(out).toContain('verified: signed with a key of customer "acme", namespace "acme"');
  });

  test("inspect knows the tokens that a gateway issued", async () => {
    using folder = createTempFolder({ "gateway.config.ts": configText() });
    const { kid } = deriveServerKey(MASTER_KEY, "sfu1:4433");
    const config = folder.file("gateway.config.ts");
    await using world = (await import("../world.ts")).createWorld({}, acme);
    await world.report("sfu1:4433");
    const { body } = await world.call(await world.token("lobby", "u", { lifetimeSec: 999_999_999 }), "Connect");
    const issued = await run(["inspect", body.result.token, "--config", config]);
    // The virtual clock of the world stands at the start of 2026.
    expect(issued.out).toContain(`"kid": "${kid}"`);
    expect([issued.code, issued.out]).toEqual([1, expect.stringContaining("not verified: invalid token: it expired")]);
    const foreign = await run(["inspect", body.result.token, "--config", config, "--masterkey", `${"A".repeat(43)}=`]);
    expect(foreign.out).toContain("is not the one of server sfu1:4433 under this master key");
  });

  test.each([
    [
      "a changed token",
      async () => (await sign()).replace(/\.[^.]*$/, `.${"A".repeat(85)}A`),
      "signature does not match",
    ],
    [
      "a token of nobody",
      async () => createCustomer("x").signToken({ room: "a", user: "u", nowMs: Date.now() }),
      "no customer has the key",
    ],
    ["an old token", async () => acme.signToken({ room: "a", user: "u", nowMs: 0 }), "it expired"],
    ["no token", async () => "nonsense", "not a JWS"],
  ])("inspect of %s says why it is not good, with exit code 1", async (_, make, reason) => {
    using folder = createTempFolder({ "gateway.config.ts": configText() });
    const { code, out } = await run(["inspect", await make()], { cwd: folder.path });
    expect(code).toBe(1);
    expect(out).toContain(reason);
  });

  test("inspect decodes without a config too, and says that nothing was checked", async () => {
    using folder = createTempFolder();
    const { code, out } = await run(["inspect", await sign()], { cwd: folder.path });
    expect([code, out]).toEqual([1, expect.stringContaining("not verified: there is no config here")]);
  });
});

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
    expect(out).not.toContain("hunter2");
    expect(out).not.toContain(MASTER_KEY_TEXT);
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
        headers: { authorization: `Basic ${btoa("sfu:hunter2")}`, "content-type": "application/json" },
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

describe("serve", () => {
  test("listens, says where, and ends with 0 when asked to", async () => {
    using folder = createTempFolder({ "gateway.config.ts": configText('logFormat: "json",') });
    const gateway = start(["--host", "127.0.0.1"], { cwd: folder.path });
    const [, url] = await gateway.waitFor(/"url":"([^"]+)"/);
    expect(await (await fetch(`${url}livez`)).json()).toEqual({ alive: true });
    expect((await fetch(`${url}readyz`)).status).toBe(503);
    gateway.stop();
    const { code, out } = await gateway.result;
    expect(code).toBe(0);
    for (const line of out.trim().split("\n"))
      expect(JSON.parse(line)).toMatchObject({
        ts: expect.any(String),
        severity: expect.any(String),
        msg: expect.any(String),
      });
  });

  test("serves HTTPS", async () => {
    using folder = createTempFolder({ "gateway.config.ts": configText() });
    const tls = resolve("test/fixtures/tls");
    const gateway = start(
      ["serve", "-s", "-p", "0", "-h", "127.0.0.1", "-c", `${tls}/cert.pem`, "-k", `${tls}/key.pem`],
      { cwd: folder.path },
    );
    const [, url] = await gateway.waitFor(/url="(https:[^"]+)"/);
    const ca = await Bun.file(`${tls}/cert.pem`).text();
    expect((await fetch(`${url}livez`, { tls: { ca } })).status).toBe(200);
    gateway.stop();
    expect((await gateway.result).code).toBe(0);
  });

  test("says in one line that its port is taken, with exit code 69", async () => {
    using taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    using folder = createTempFolder({ "gateway.config.ts": configText() });
    const { code, err } = await run(["serve", "--port", String(taken.port)], { cwd: folder.path });
    expect([code, err]).toEqual([69, expect.stringContaining(`cannot listen on 127.0.0.1:${taken.port}`)]);
  });
});

describe("simulate", () => {
  test("attaches servers and players to a gateway", async () => {
    using folder = createTempFolder({ "gateway.config.ts": configText() });
    const gateway = start(["serve"], { cwd: folder.path });
    const [, url = ""] = await gateway.waitFor(/url="(http:[^"]+)"/);
    const simulation = start(["simulate", "--url", url, "--user", "sfu:hunter2", "--servers", "2", "--players", "10"], {
      env: { ODIN_ACCESS_KEY: acme.accessKey },
      isTerminal: true,
    });
    await simulation.waitFor(/servers 2 .* joins [1-9]/);
    simulation.stop();
    expect((await simulation.result).code).toBe(0);
    expect((await fetch(`${url}readyz`)).status).toBe(200);
    const refused = await run([
      "simulate",
      "--url",
      url,
      "--user",
      "sfu:wrong",
      "--access-key",
      acme.accessKey,
      "--seconds",
      "1",
    ]);
    expect([refused.code, refused.err]).toEqual([69, expect.stringContaining("unknown user or wrong password")]);
    const stranger = createCustomer("stranger").accessKey;
    const nobody = await run([
      "simulate",
      "--url",
      url,
      "--user",
      "sfu:hunter2",
      "--access-key",
      stranger,
      "--seconds",
      "1",
    ]);
    expect([nobody.code, nobody.err]).toEqual([69, expect.stringContaining("nobody got in: invalid token")]);
    gateway.stop();
    await gateway.result;
  });
});

describe("demo", () => {
  test("shows one Connect, then the fleet, and ends by itself", async () => {
    const { code, out } = await run(["demo", "--seconds", "2", "--servers", "2", "--players", "10"]);
    expect(code).toBe(0);
    expect(out).toMatch(/A gateway at http:\/\/127\.0\.0\.1:\d+\/ with 2 simulated servers/);
    expect(out).toMatch(/address {2}sfu[12]\.sim:4433/);
    expect(out).toContain('"sub":"connect","aud":"sfu"');
    expect(out).toMatch(/1 s {2}servers 2 .* refused 0\n/);
    expect(out).not.toContain("lost");
  });

  test("says in one line that its port is taken", async () => {
    using taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    const { code, err } = await run(["demo", "--port", String(taken.port)]);
    expect([code, err]).toEqual([69, expect.stringContaining(`cannot listen on 127.0.0.1:${taken.port}`)]);
  });
});
