import { describe, expect, test } from "bun:test";
import { compareConfigs } from "../../src/config/diff.ts";
import { createTempFolder } from "../temp-folder.ts";
import { MASTER_KEY_TEXT } from "../world.ts";
import { faultsOf, read } from "./fixture.ts";

const REDIS = "redis://gateway:redis-password@redis.example.com:6380/2";
const CERT = await Bun.file("test/fixtures/tls/cert.pem").text();
const shared = (state: object, more: object = {}) => ({ state, masterKey: MASTER_KEY_TEXT, ...more });
const stateOf = (...args: Parameters<typeof read>) => read(...args).state;

describe("the shared state in the config", () => {
  test("is none without a Redis, and has a prefix and degrades with one", () => {
    expect(stateOf({})).toBeUndefined();
    expect(stateOf({ state: { keyPrefix: "a" } })).toBeUndefined();
    expect(stateOf(shared({ redis: REDIS }))).toEqual({
      redis: REDIS,
      ca: undefined,
      keyPrefix: "odin-gateway",
      onOutage: "degrade",
    });
    expect(stateOf(shared({ redis: REDIS, keyPrefix: "eu:1", onOutage: "refuse" }))).toMatchObject({
      keyPrefix: "eu:1",
      onOutage: "refuse",
    });
  });

  test("has its secret read from wherever it is, and the file of certificates", () => {
    using folder = createTempFolder({ url: `${REDIS}\n`, "ca.pem": `A CA of ours\n${CERT}\n${CERT}` });
    const source = folder.file("gateway.config.ts");
    const env = { REDIS_URL: "rediss://127.0.0.1", CREDENTIALS_DIRECTORY: folder.path };
    expect(stateOf(shared({ redis: { file: "url" } }), { source })?.redis).toBe(REDIS);
    expect(stateOf(shared({ redis: { credential: "url" } }), { source, env })?.redis).toBe(REDIS);
    expect(stateOf(shared({ redis: { env: "REDIS_URL" }, ca: "ca.pem" }), { source, env })).toMatchObject({
      redis: "rediss://127.0.0.1",
      ca: expect.stringContaining("BEGIN CERTIFICATE"),
    });
  });

  test.each([
    "redis://localhost",
    "redis://localhost:6379/",
    "redis://:p%40ss@10.0.0.1/0",
    "rediss://user@[::1]:6379/15",
    "REDIS://localhost/3",
    "redis+unix:///run/redis/redis.sock",
  ])("may be at %s", (redis) => {
    expect(faultsOf(shared({ redis }))).toEqual([]);
  });

  test.each([
    ["http://localhost", "must begin with redis://, rediss:// or redis+unix://"],
    ["localhost:6379", "must begin with redis://"],
    ["redis:///0", "must name a host"],
    ["redis:localhost", "must name a host"],
    ["redis://u:redis-password@/0", "must be a URL of the form redis://"],
    ["redis://localhost:65536", "must be a URL of the form redis://"],
    ["redis://localhost:0", "must have a port from 1 to 65535"],
    ["redis://localhost/main", "must end with the number of a database from 0 on"],
    ["redis://localhost/-1", "must end with the number of a database"],
    ["redis://localhost/1.5", "must end with the number of a database"],
    ["redis://localhost/0/1", "must end with the number of a database"],
    ["redis://localhost/0?timeout=1", "must be without ? and #"],
    ["redis://:redis#password@localhost", "must be a URL of the form redis://"],
    ["redis://localhost/0#main", "must be without ? and #"],
    ["redis://:redis-%zz@localhost", "must have %25 in the place of a %"],
    ["redis+unix://redis.sock", "must be redis+unix:///path/of/the/socket"],
    ["redis+unix:///", "must be redis+unix:///path/of/the/socket"],
    ["redis+unix:/run/main", "must be redis+unix:///path/of/the/socket"],
    ["redis+unix:\t///run/main", "must be without control characters, and spaces around it"],
    [" redis://localhost", "must be without control characters, and spaces around it"],
    [`redis+unix:///${"main".repeat(600)}`, "must be at most 2048 characters"],
  ])("is not at %s, and the fault names no part of it", (redis, message) => {
    for (const each of [redis, { env: "REDIS_URL" }]) {
      const faults = faultsOf(shared({ redis: each }), { env: { REDIS_URL: redis } });
      expect(faults).toEqual([expect.stringContaining(`state.redis: ${message}`)]);
      expect(faults.join()).not.toMatch(/redis-password|localhost|#password|main|timeout/);
    }
  });

  test.each([
    [{ redis: 5 }, "state.redis: must be a string"],
    [{ redis: REDIS, keyPrefix: "a b" }, "state.keyPrefix: must be 1 to 64 letters, digits and : . _ -"],
    [{ redis: REDIS, keyPrefix: "a".repeat(65) }, "state.keyPrefix: must be 1 to 64"],
    [{ redis: REDIS, onOutage: "stop" }, 'state.onOutage: must be "degrade" or "refuse"'],
    [{ redis: REDIS, url: "x" }, "state.url: is not a setting"],
    [{ redis: { env: "NOPE" } }, "state.redis: the environment has no NOPE"],
    [{ redis: "rediss://a", ca: "/nowhere" }, "state.ca: cannot read /nowhere: there is no such file"],
    [{ redis: "rediss://a", ca: import.meta.path }, "state.ca: has no certificate in PEM"],
    [{ redis: REDIS, ca: import.meta.path }, "state.ca: is for rediss:// only"],
  ])("with another fault is refused: %p", (state, fault) => {
    expect(faultsOf(shared(state)).join("\n")).toContain(fault);
  });

  test("with a broken certificate is refused", () => {
    using folder = createTempFolder({
      "ca.pem": `${CERT}${CERT.replace(/\n[A-Za-z0-9+/=]+\n-----END/, "\n-----END")}`,
    });
    expect(faultsOf(shared({ redis: "rediss://a", ca: folder.file("ca.pem") }))).toEqual([
      "state.ca: has a certificate that cannot be read: number 2",
    ]);
  });

  test("needs a configured master key, which the command line may give", () => {
    expect(faultsOf({ state: { redis: REDIS } })).toEqual([
      expect.stringContaining("masterKey: must be given with state.redis"),
    ]);
    expect(faultsOf({ state: { redis: REDIS } }, { flags: { masterkey: MASTER_KEY_TEXT } })).toEqual([]);
  });

  test("changes at the next start, and is never shown", () => {
    const before = read(shared({ redis: REDIS }));
    const after = read(shared({ redis: "redis://localhost/2", keyPrefix: "b" }, { workers: 2 }));
    expect(compareConfigs(before, after)).toEqual({
      changed: ['state.keyPrefix: "odin-gateway" → "b"', "state.redis: *** → ***", "workers: 1 → 2"],
      needsRestart: ["state.keyPrefix", "state.redis", "workers"],
    });
    expect(compareConfigs(read({ masterKey: MASTER_KEY_TEXT }), before).changed).toEqual([
      'state.keyPrefix: nothing → "odin-gateway"',
      'state.onOutage: nothing → "degrade"',
      "state.redis: nothing → ***",
    ]);
  });
});

describe("workers in the config", () => {
  test("are one, and may be several on a shared state", () => {
    expect(read({}).workers).toBe(1);
    expect(read(shared({ redis: REDIS }, { workers: 64, metrics: { port: 9100 } })).workers).toBe(64);
  });

  test.each([
    [{ workers: 2 }, "workers: must be 1 without state.redis: each worker would have a fleet of its own, found 2"],
    [{ workers: 0 }, "workers: must be at least 1"],
    [{ workers: 65 }, "workers: must be at most 64"],
    [{ workers: 1.5 }, "workers: must be an integer"],
    [shared({ redis: REDIS }, { workers: 4, metrics: { port: 65_533 } }), "metrics.port: must leave a port"],
    [shared({ redis: REDIS }, { workers: 4, metrics: { port: 6_997 } }), "none of them the one to listen on"],
  ])("are refused: %p", (config, fault) => {
    expect(faultsOf(config).join("\n")).toContain(fault);
  });

  test("may have metrics next to the port to listen on, or on any", () => {
    for (const port of [6_996, 7_001, 0])
      expect(faultsOf(shared({ redis: REDIS }, { workers: 4, metrics: { port } }))).toEqual([]);
  });
});
