import { describe, expect, test } from "bun:test";
import { parse } from "smol-toml";
import { extendConfig } from "../../src/sfu-config/extend.ts";
import { createRecommendedSettings, overrideSettings } from "../../src/sfu-config/recommended.ts";

const KEY = { kid: "AkvaIHnDcyzB", kty: "OKP", crv: "Ed25519", x: "xx", d: "dd" };
const RECOMMENDED = createRecommendedSettings({ reportIntervalMs: 5_000, metricsServer: "10.0.0.9/32" });
const extend = (toml: string, recommended = RECOMMENDED) => extendConfig(toml, recommended, [KEY]);

describe("extendConfig", () => {
  test("of an empty config gives the recommended settings and the key", () => {
    expect(extend("").toml).toBe(
      [
        "[supervisor]",
        "report_interval = 5000",
        "",
        "[quic]",
        "keep_alive_interval = 5000",
        "idle_timeout = 30000",
        "pre_send_timeout = 500",
        "migration = true",
        "",
        "[http]",
        "timeout = 10000",
        "ping_interval = 5000",
        "",
        "[metrics]",
        'binding = "0.0.0.0:9000"',
        "idle_timeout = 3600000",
        'allowed = [ "10.0.0.9/32", "127.0.0.1/8", "::1/128" ]',
        "",
        "[metrics.global_labels]",
        'deployment = "public"',
        "",
        "[limit.peer.incoming_messages]",
        "rate = 10",
        "capacity = 50",
        "overflow = 20",
        "",
        "[[authorization.keys]]",
        'kid = "AkvaIHnDcyzB"',
        'kty = "OKP"',
        'crv = "Ed25519"',
        'x = "xx"',
        'd = "dd"',
        "",
      ].join("\n"),
    );
  });

  test("keeps what the server set, value and type", () => {
    const own = [
      "int = 1",
      "float = 1.0",
      "big = 9223372036854775807",
      "small = -9223372036854775808",
      "exp = 5e22",
      "day = 1979-05-27",
      "time = 07:32:00.000",
      "local = 1979-05-27T07:32:00.000",
      "offset = 1979-05-27T07:32:00.123+02:00",
      'text = "a\\nb"',
      "inf = inf",
      "mixed = [ 1, 2.0, true ]",
      "[quic]",
      "idle_timeout = 1.5",
      "keep_alive_interval = 1",
      "[empty]",
      "[[list]]",
      "a = 1",
      "[[list]]",
      "a = 2",
      "",
    ].join("\n");
    const options = { integersAsBigInt: true } as const;
    const before = parse(own, options);
    const after = parse(extend(own).toml, options);
    for (const key of Object.keys(before).filter((name) => name !== "quic"))
      expect(after[key]).toEqual(before[key] as never);
    expect(after.quic).toEqual({
      idle_timeout: 1.5,
      keep_alive_interval: 1n,
      pre_send_timeout: 500n,
      migration: true,
    });
  });

  test.each([
    "1979-05-27T00:32:00.999999-07:00",
    "1979-05-27 07:32:00.123456789",
    "1979-05-27t07:32:00z",
    "07:32:00.1234567",
    "07:32:00",
    "2026-02-30",
    "1979-05-27",
  ])("keeps the date %s to the last digit", (literal) => {
    const toml = `at = ${literal}\n\n[[list]]\nx = ${literal}\n`;
    expect(extend(toml).toml).toStartWith(toml);
  });

  test("refuses dates that cannot be told apart, and takes one that is written in two ways", () => {
    expect(() => extend("a = 07:32:00.1234\nb = 07:32:00.12345\n")).toThrow(
      "07:32:00.1234 and 07:32:00.12345 cannot be told apart",
    );
    const beside = '# 07:32:00.1234\na = 07:32:00.12345\nb = "07:32:00.12346 # no comment"\n';
    expect(extend(beside).toml).toStartWith('a = 07:32:00.12345\nb = "07:32:00.12346 # no comment"\n');
    expect(() => extend("a = 2026-02-30\nb = 2026-03-02\n")).toThrow("cannot be told apart");
    expect(
      extend("a = 07:32:00\nb = 07:32:00.000\nc = 1979-05-27 07:32:00Z\nd = 1979-05-27T07:32:00.0z\n").toml,
    ).toContain("a = 07:32:00");
  });

  test("appends to lists what they lack, and merges tables", () => {
    const { toml } = extend(
      '[metrics]\nallowed = [ "192.0.2.1/32", "127.0.0.1/8" ]\n[metrics.global_labels]\nsite = "eu"\n',
    );
    expect(parse(toml).metrics).toMatchObject({
      allowed: ["192.0.2.1/32", "127.0.0.1/8", "10.0.0.9/32", "::1/128"],
      global_labels: { site: "eu", deployment: "public" },
    });
  });

  test("leaves a value alone that has another shape than the recommended one", () => {
    expect(parse(extend('quic = "off"\nlimit = 3\n').toml)).toMatchObject({ quic: "off", limit: 3 });
  });

  test("keeps other keys of the server, and replaces its own instead of adding it again", () => {
    const once = extend('[[authorization.keys]]\nkid = "other"\n').toml;
    const keys = (toml: string) =>
      (parse(toml).authorization as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
    expect(keys(once)).toEqual(["other", KEY.kid]);
    expect(keys(extend(once).toml)).toEqual(["other", KEY.kid]);
  });

  test("recommends nothing under supervisor to a server that has provisioning instead", () => {
    expect(parse(extend("[provisioning]\na = 1\n").toml)).not.toHaveProperty("supervisor");
    expect(parse(extend("[provisioning]\n[supervisor]\n").toml).supervisor).toEqual({ report_interval: 5_000 });
  });

  test("reads interval, capacity and tags", () => {
    expect(
      extend(
        '[supervisor]\nreport_interval = 2000\n[limit]\nmax_clients = 100\nmax_rooms = 7\n[database.report]\ntags = [ "eu", 3 ]\n',
      ),
    ).toMatchObject({
      reportIntervalMs: 2_000,
      capacity: { maxClients: 100, maxRooms: 7, maxPeers: undefined },
      tags: ["eu"],
    });
    expect(extend('[supervisor]\nreport_interval = "soon"\n').reportIntervalMs).toBeUndefined();
    expect(extend("").reportIntervalMs).toBe(5_000);
  });

  test.each([
    ["a = 1\nb = \n", "invalid params: config line 2, column 5"],
    [`[${Array(50_000).fill("a").join(".")}]\n`, "config has tables that are nested too deeply"],
    ["a = 1\na = 2\n", "line 2"],
    ["authorization = 1\n", "authorization must be a table"],
    ["[authorization]\nkeys = 1\n", "authorization.keys must be an array of tables"],
    [`${"a.".repeat(5_000)}a = 1`, "config cannot be extended"],
    [`a = "${"x".repeat(262_144)}"`, "is longer than 262144 characters"],
  ])("refuses %p with the place of the fault", (toml, reason) => {
    expect(() => extend(toml)).toThrow(reason);
  });

  test("gives names from the prototype no meaning", () => {
    const { toml } = extend("__proto__ = 1\nconstructor = 2\n[toString]\na = 3\n");
    expect(toml).toStartWith("__proto__ = 1\nconstructor = 2\n");
    expect(toml).toContain("[toString]\na = 3\n");
  });
});

describe("overrideSettings", () => {
  test("puts an operator's settings over the recommended ones; null takes one back", () => {
    const settings = {
      quic: { idle_timeout: 60_000, migration: null, ratio: 0.5 },
      http: null,
      extra: { list: [1, "a"] },
      at: new Date(0),
    };
    expect(overrideSettings(RECOMMENDED, settings)).toMatchObject({
      quic: { keep_alive_interval: 5_000n, idle_timeout: 60_000n, ratio: 0.5 },
      extra: { list: [1n, "a"] },
      at: new Date(0),
    });
    expect(overrideSettings(RECOMMENDED, settings)).not.toHaveProperty("http");
    expect(overrideSettings(RECOMMENDED, settings).quic).not.toHaveProperty("migration");
  });

  test("refuses what TOML has not", () => {
    expect(() => overrideSettings({}, { a: { b: undefined } })).toThrow("b: TOML has no undefined");
    expect(() => overrideSettings({}, { a: [null] })).toThrow("a: TOML has no null");
    expect(() => overrideSettings({}, { a: () => 1 })).toThrow("a: TOML has no function");
  });
});
