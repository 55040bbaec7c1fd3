import { describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import { parseFetchedCustomers } from "../../src/config/customers.ts";
import { loadConfig } from "../../src/config/load.ts";
import { createModuleLoader } from "../../src/config/module-loader.ts";
import { createPlan } from "../../src/plan.ts";
import { PLACEMENT } from "../fleet/fixture.ts";
import { createTempFolder } from "../temp-folder.ts";
import { MASTER_KEY, MASTER_KEY_TEXT } from "../world.ts";
import { faultsOf, read } from "./fixture.ts";

describe("defaults", () => {
  test("are those of the contract", () => {
    expect(read({})).toMatchObject({
      logLevel: "INFO",
      logFormat: "pretty",
      listen: { hostname: "0.0.0.0", port: 7000, tls: undefined },
      unknownCustomers: "forbidden",
      sfuConfig: { updateInterval: 5, disableTimeout: 7.5, removeTimeout: 600 },
      loginToken: { lifetime: 300 },
      reservationTimeout: 15,
      roomScope: "exact",
      internal: { allow: [], trustLoopback: false },
      bodyLimit: { public: 1_048_576, internal: 8_388_608 },
      maxRoomsPerReport: 20_000,
      stateDir: "/etc/odin/.odin-gateway",
    });
  });

  test("of placement are those of its page", () => {
    expect(createPlan(read({})).policy.placement).toEqual(PLACEMENT);
    expect(createPlan(read({ placement: { strategy: "two-choice", growthSec: 0 } })).policy.placement).toEqual({
      ...PLACEMENT,
      strategy: "two-choice",
      growthMs: 0,
    });
  });

  test("follow updateInterval where they have to", () => {
    expect(read({ sfuConfig: { updateInterval: 10 } })).toMatchObject({
      reservationTimeout: 25,
      sfuConfig: { disableTimeout: 15 },
    });
  });

  test("stateDir is the first of those that systemd gives, if it gives any", () => {
    expect(read({}, { env: { STATE_DIRECTORY: "/var/lib/a:/var/lib/b" } }).stateDir).toBe("/var/lib/a");
    expect(read({}, { env: { STATE_DIRECTORY: "" } }).stateDir).toBe("/etc/odin/.odin-gateway");
  });

  test("stateDir is the one that systemd gives, unless configured", () => {
    expect(read({}, { env: { STATE_DIRECTORY: "/var/lib/odin" } }).stateDir).toBe("/var/lib/odin");
    expect(read({ stateDir: "state" }, { env: { STATE_DIRECTORY: "/var/lib/odin" } }).stateDir).toBe("/etc/odin/state");
  });
});

test("a fault does not repeat a text that nobody could read", () => {
  expect(faultsOf({ logLevel: "x".repeat(200) })).toEqual([expect.stringContaining(`found "${"x".repeat(200)}"`)]);
  expect(faultsOf({ logLevel: "x".repeat(201) })).toEqual([expect.stringContaining("found a text of 201 characters")]);
});

describe("a config of the Deno gateway's shape", () => {
  test("loads as it is, with its imports and its updateFunction", async () => {
    using loader = createModuleLoader();
    const config = await loadConfig(resolve("test/fixtures/deno/gateway.config.ts"), { flags: {}, env: {}, loader });
    expect(config).toMatchObject({ useSsl: false, sfuPools: { default: "us" }, masterKeys: [MASTER_KEY] });
    const { customers } = parseFetchedCustomers(await config.customerApi?.updateFunction(), "test", false);
    expect(createPlan({ ...config, customers }).keyRing?.findKey("AQ7aVmK+pI1l")).toMatchObject({
      customer: "acme",
      namespace: "acme-live",
      limits: { maxPeers: Number.POSITIVE_INFINITY, maxRooms: 100 },
    });
  });
});

describe("a config of the Deno gateway's shape with customers of its own", () => {
  test("loads as it is", async () => {
    using loader = createModuleLoader();
    const path = resolve("test/fixtures/deno/static.config.ts");
    const config = await loadConfig(path, { flags: {}, env: {}, loader });
    expect(config).toMatchObject({
      useSsl: true,
      listen: { port: 7443, tls: { cert: expect.stringContaining("BEGIN CERTIFICATE") } },
    });
    expect(createPlan(config).keyRing?.findKey("AQ7aVmK+pI1l")).toMatchObject({
      customer: "acme",
      namespace: "acme",
      limits: { maxPeers: 100 },
    });
  });
});

describe("what is wrong", () => {
  test("is named with path, found and expected, all at once", () => {
    expect(
      faultsOf({
        costumers: [],
        logLevel: "LOUD",
        http: { port: "7000", host: "x" },
        customers: [{ maxPeers: -1, accessKeys: [{ publicKey: { kid: "k", kty: "OKP", crv: "P-256", x: "x" } }] }],
        internal: { users: { sfu: 5 }, allow: ["10.0.0.0/33"] },
        sfuPools: { available: ["eu", "internal"], default: "eu" },
        masterKey: 5,
      }),
    ).toEqual([
      'logLevel: must be one of NOTSET, DEBUG, INFO, WARNING, ERROR, CRITICAL, found "LOUD"',
      'http.port: must be a port, found "7000"',
      "http.host: is not a setting",
      "customers[0].id: is missing",
      "customers[0].maxPeers: must not be negative, found -1",
      'customers[0].accessKeys[0].publicKey.crv: must be "Ed25519", found something else (key "k" of customer without a name)',
      'sfuPools.available[1]: must not be one of internal, livez, readyz, metrics, dashboard, found "internal"',
      'internal.users.sfu: must be a string, {env: "NAME"}, {file: "path"} or {credential: "NAME"}, found something else',
      'internal.allow[0]: must be a network such as 10.0.0.0/8, found "10.0.0.0/33"',
      'masterKey: must be a string, {env: "NAME"}, {file: "path"} or {credential: "NAME"}, found something else',
      "costumers: is not a setting",
    ]);
  });

  test.each([
    [
      { customers: [], customersFile: "x.json" },
      "customers: must be the only one of customers, customersFile and customerApi",
    ],
    [{ customers: [], customerApi: { updateFunction: async () => [] } }, "customers: must be the only one"],
    [
      { sfuPools: { available: ["eu"], default: "us" } },
      'sfuPools.default: must be one of sfuPools.available, found "us"',
    ],
    [
      { sfuConfig: { updateInterval: 10, disableTimeout: 9 } },
      "sfuConfig.disableTimeout: must be at least sfuConfig.updateInterval",
    ],
    [{ sfuConfig: { removeTimeout: 5 } }, "sfuConfig.removeTimeout: must be at least sfuConfig.disableTimeout"],
    [
      { customerApi: { updateFunction: async () => [], updateInterval: 2_592_000 } },
      "customerApi.updateInterval: must be at most 2073600",
    ],
    [{ placement: { strategy: "best" } }, "placement.strategy: must be one of random, round-robin, weighted"],
    [{ placement: { overload: "queue" } }, 'placement.overload: must be "least-loaded" or "refuse"'],
    [{ placement: { maxLoad: 0.7 } }, "placement.resumeLoad: must be at most placement.maxLoad"],
    [{ placement: { maxLoad: 0 } }, "placement.maxLoad: must be more than 0"],
    [{ placement: { residue: 1.1 } }, "placement.residue: must be from 0 to 1"],
    [{ placement: { costRange: 0.5 } }, "placement.costRange: must be at least 1"],
    [{ placement: { clientsPerServer: 0 } }, "placement.clientsPerServer: must be at least 1"],
    [{ placement: { minClients: 1.5 } }, "placement.minClients: must be an integer"],
    [{ reservationTimeout: 14 }, "reservationTimeout: must be at least 2 × sfuConfig.updateInterval + 5"],
    [{ useSsl: true, https: { cert: "x" } }, "https.keyFile: must be given with useSsl, or key inline"],
    [{ unknownCustomers: { maxPeers: 5 } }, "unknownCustomers.maxRooms: is missing"],
    [{ internal: { users: { sfu: "" } } }, "internal.users.sfu"],
    [{ masterKey: "c2hvcnQ=" }, "masterKey: must be at least 16 bytes in base64, found 5"],
    [{ masterKey: "not base64!" }, "masterKey: must be base64"],
    [{ masterKey: { env: "NOPE" } }, "masterKey: the environment has no NOPE"],
    [{ masterKey: { file: "/nowhere" } }, "masterKey: cannot read /nowhere: there is no such file"],
    [{ masterKey: { credential: "key" } }, "masterKey: the environment has no CREDENTIALS_DIRECTORY to find key in"],
    [{ masterKey: { credential: "../key" } }, "masterKey.credential: must be a name, not a path"],
    [{ internal: { users: { a: { credential: ".." } } } }, "internal.users.a.credential: must be a name, not a path"],
    [{ masterKey: { credential: "" } }, "masterKey.credential: must not be empty"],
  ])("between settings too: %p", (config, fault) => {
    expect(faultsOf(config).join("\n")).toContain(fault);
  });

  test("in credentials is named with what would mend it", () => {
    using folder = createTempFolder({ empty: "\n" });
    const users = { a: { credential: "empty" }, b: { password: { credential: "missing" } } };
    expect(faultsOf({ internal: { users } }, { env: { CREDENTIALS_DIRECTORY: folder.path } })).toEqual([
      "internal.users.a: the credential empty is empty",
      `internal.users.b.password: cannot read ${folder.file("missing")}: there is no such file`,
    ]);
  });

  test("in what the config refers to is named all at once too", () => {
    using folder = createTempFolder({ "customers.json": "[{}]" });
    const config = {
      customersFile: "customers.json",
      masterKey: "c2hvcnQ=",
      internal: { users: { sfu: { env: "NOPE" }, op: { file: "nope" } } },
    };
    expect(faultsOf(config, { source: folder.file("gateway.config.ts") })).toEqual([
      "internal.users.sfu: the environment has no NOPE",
      expect.stringMatching(/^internal\.users\.op: cannot read .*nope: there is no such file$/),
      "masterKey: must be at least 16 bytes in base64, found 5",
      expect.stringMatching(/customers\.json: customers\[0\]\.id: is missing$/),
      expect.stringMatching(/customers\.json: customers\[0\]\.accessKeys: is missing$/),
    ]);
  });

  test("a secret that is empty, wherever it comes from, is no secret", () => {
    using folder = createTempFolder({ empty: "\n" });
    const source = folder.file("gateway.config.ts");
    const empty = { file: "empty" };
    expect(
      faultsOf({ masterKey: empty, internal: { users: { a: empty, b: { password: empty } } } }, { source }),
    ).toEqual([
      "internal.users.a: empty is empty",
      "internal.users.b.password: empty is empty",
      "masterKey: empty is empty",
    ]);
  });

  test("in gridConfig is named when the plan is made", () => {
    expect(() => createPlan(read({ gridConfig: { quic: { a: undefined } } }))).toThrow(
      "gridConfig: a: TOML has no undefined",
    );
  });

  test("never quotes a secret", () => {
    const faults = faultsOf({
      masterKey: "hunter2-master",
      internal: { users: { a: { password: "hunter2", role: "x" } } },
    });
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.join("\n")).not.toContain("hunter2");
  });
});

describe("secrets", () => {
  test("come from the text, the environment or a file beside the config", () => {
    using folder = createTempFolder({ "secrets/sfu": "from file\n" });
    const source = folder.file("gateway.config.ts");
    const users = {
      a: "plain",
      b: { env: "SFU" },
      c: { file: "secrets/sfu" },
      d: { password: { env: "SFU" }, role: "operator" },
    };
    const config = read(
      { internal: { users }, masterKey: { env: "MASTER" } },
      { source, env: { SFU: "from env", MASTER: MASTER_KEY_TEXT } },
    );
    expect([...config.internal.users].map(([name, { password, role }]) => [name, password, role])).toEqual([
      ["a", "plain", "server"],
      ["b", "from env", "server"],
      ["c", "from file", "server"],
      ["d", "from env", "operator"],
    ]);
    expect(config.masterKeys).toEqual([MASTER_KEY]);
  });

  test("come from the service manager's credentials, whose files are watched like others", () => {
    using folder = createTempFolder({ "master.key": `${MASTER_KEY_TEXT}\n`, sfu: "from credential\n" });
    const watched: string[] = [];
    const config = read(
      { internal: { users: { a: { credential: "sfu" } } }, masterKey: { credential: "master.key" } },
      { env: { CREDENTIALS_DIRECTORY: folder.path }, onRead: (file) => watched.push(file) },
    );
    expect(config.internal.users.get("a")?.password).toBe("from credential");
    expect(config.masterKeys).toEqual([MASTER_KEY]);
    expect(watched).toEqual([folder.file("sfu"), folder.file("master.key")]);
  });
});

describe("flags", () => {
  test("win over the file", () => {
    const flags = { host: "127.0.0.1", port: 8000, masterkey: MASTER_KEY_TEXT };
    const config = read(
      { http: { hostname: "0.0.0.0", port: 7000 }, masterKey: "AAAAAAAAAAAAAAAAAAAAAAAA" },
      { flags },
    );
    expect(config.listen).toMatchObject({ hostname: "127.0.0.1", port: 8000 });
    expect(config.masterKeys).toEqual([MASTER_KEY]);
  });

  test("host and port go to the listener in use", () => {
    using folder = createTempFolder({ "c.pem": "cert", "k.pem": "key", "other.pem": "other" });
    const source = folder.file("gateway.config.ts");
    const https = { certFile: "other.pem", keyFile: "other.pem", port: 1 };
    const flags = { ssl: true, port: 8443, certificate: folder.file("c.pem"), privatekey: folder.file("k.pem") };
    expect(read({ https }, { source, flags }).listen).toEqual({
      hostname: "0.0.0.0",
      port: 8443,
      tls: { cert: "cert", key: "key" },
    });
    expect(read({ https, useSsl: true }, { source, flags: { port: 9 } }).listen).toMatchObject({
      port: 9,
      tls: { cert: "other" },
    });
  });
});

describe("TLS files", () => {
  test("are read only with useSsl", () => {
    const https = { certFile: "/nowhere.pem", keyFile: "/nowhere.key" };
    expect(read({ https }).listen.tls).toBeUndefined();
    expect(faultsOf({ https, useSsl: true })).toEqual([
      "https.certFile: cannot read /nowhere.pem: there is no such file",
      "https.keyFile: cannot read /nowhere.key: there is no such file",
    ]);
    expect(read({ https: { cert: "c", key: "k" }, useSsl: true }).listen.tls).toEqual({ cert: "c", key: "k" });
  });
});
