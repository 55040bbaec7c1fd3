import { describe, expect, test } from "bun:test";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { parseAccessKey } from "../../src/auth/access-key.ts";
import { deriveServerKey } from "../../src/auth/server-key.ts";
import { createTempFolder } from "../temp-folder.ts";
import { createCustomer, MASTER_KEY } from "../world.ts";
import { acme, configText } from "./fixture.ts";
import { createHurriedClock } from "./hurried-clock.ts";
import { run, start } from "./run.ts";
import { serveFolder } from "./serve-folder.ts";

const clock = createHurriedClock(4);

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

  test.each([
    [[], "covers every method"],
    [["--subject", "Connect"], "covers connect only"],
    [["--subject", "roomclose"], "covers roomclose only: Connect would be refused"],
    [["--subject", "roomclose", "--subject", "connect"], "covers roomclose, connect only"],
  ])("inspect says which methods a token with %p covers", async (flags, words) => {
    using folder = createTempFolder({ "gateway.config.ts": configText() });
    const { code, out } = await run(["inspect", await sign(...flags)], { cwd: folder.path });
    expect([code, out]).toEqual([0, expect.stringContaining(`namespace "acme"; ${words}\n`)]);
  });

  test("inspect says when a token ended that is still good", async () => {
    using folder = createTempFolder({ "gateway.config.ts": configText() });
    const token = await acme.signToken({ room: "a", user: "u", nowMs: Date.now() - 100_000, lifetimeSec: 60 });
    const { code, out } = await run(["inspect", token], { cwd: folder.path });
    expect([code, out]).toEqual([0, expect.stringMatching(/\nbegins {2}\S+Z, 10\d s ago\n/)]);
    expect(out).toMatch(/\nends {4}\S+Z, ended 4\d s ago, still within the tolerance of 300 s\n/);
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
    expect(foreign.out).toContain("is not one of server sfu1:4433 under the master keys in force");
  });

  test.each([
    [
      "a changed token",
      async () => (await sign()).replace(/\.[^.]*$/, `.${"B".repeat(85)}A`),
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

describe("simulate", () => {
  test("attaches servers and players to a gateway", async () => {
    using folder = createTempFolder({ "gateway.config.ts": configText() });
    await using gateway = await serveFolder(folder);
    const { url } = gateway;
    const simulation = start(
      ["simulate", "--url", url, "--user", "sfu:hunter22", "--servers", "2", "--players", "10"],
      {
        env: { ODIN_ACCESS_KEY: acme.accessKey },
        isTerminal: true,
        clock,
      },
    );
    await simulation.waitFor(/servers 2 .* joins [1-9]/);
    simulation.stop();
    expect((await simulation.result).code).toBe(0);
    expect((await fetch(`${url}readyz`)).status).toBe(200);
    const simulateOnce = (user: string, accessKey: string) =>
      run(["simulate", "--url", url, "--user", user, "--access-key", accessKey, "--seconds", "1"], { clock });
    const refused = await simulateOnce("sfu:wrong", acme.accessKey);
    expect([refused.code, refused.err]).toEqual([69, expect.stringContaining("unknown user or wrong password")]);
    const stranger = createCustomer("stranger").accessKey;
    const nobody = await simulateOnce("sfu:hunter22", stranger);
    expect([nobody.code, nobody.err]).toEqual([69, expect.stringContaining("nobody got in: invalid token")]);
  });
});

describe("demo", () => {
  test("shows one Connect, then the fleet, and ends by itself", async () => {
    const { code, out } = await run(["demo", "--seconds", "2", "--servers", "2", "--players", "10"], { clock });
    expect(code).toBe(0);
    expect(out).toMatch(/^Dashboard: http:\/\/127\.0\.0\.1:\d+\/dashboard\n/);
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
