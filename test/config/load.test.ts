import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readdirSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { parseFetchedCustomers } from "../../src/config/customers.ts";
import type { ConfigFlags } from "../../src/config/flags.ts";
import { describeMasterKey, loadConfig, resolveConfig, resolveMasterKey } from "../../src/config/load.ts";
import { createModuleLoader } from "../../src/config/module-loader.ts";
import { ConfigError } from "../../src/errors.ts";
import { createPlan } from "../../src/plan.ts";
import { createTempFolder, type TempFolder } from "../temp-folder.ts";
import vectors from "../vectors.json";
import { createCustomer, MASTER_KEY, MASTER_KEY_TEXT } from "../world.ts";

const read = (config: object, options: { flags?: ConfigFlags; env?: Record<string, string>; source?: string } = {}) =>
  resolveConfig(config, { source: "/etc/odin/gateway.config.ts", flags: {}, env: {}, ...options });

function faultsOf(config: object, options: Parameters<typeof read>[1] = {}): string[] {
  try {
    read(config, options);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

async function load(folder: TempFolder, name = "gateway.config.ts") {
  using loader = createModuleLoader();
  return await loadConfig(folder.file(name), { flags: {}, env: {}, loader });
}

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

describe("a config of the Deno gateway's shape", () => {
  test("loads as it is, with its imports and its updateFunction", async () => {
    using loader = createModuleLoader();
    const config = await loadConfig(resolve("test/fixtures/deno/gateway.config.ts"), { flags: {}, env: {}, loader });
    expect(config).toMatchObject({ useSsl: false, sfuPools: { default: "us" }, masterKey: MASTER_KEY });
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
      'customers[0].accessKeys[0].publicKey.crv: must be "Ed25519", found something else',
      'sfuPools.available[1]: must not be one of internal, livez, readyz, metrics, dashboard, found "internal"',
      'internal.users.sfu: must be a string, {env: "NAME"} or {file: "path"}, found something else',
      'internal.allow[0]: must be a network such as 10.0.0.0/8, found "10.0.0.0/33"',
      'masterKey: must be a string, {env: "NAME"} or {file: "path"}, found something else',
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
    [{ reservationTimeout: 14 }, "reservationTimeout: must be at least 2 × sfuConfig.updateInterval + 5"],
    [{ useSsl: true, https: { cert: "x" } }, "https.keyFile: must be given with useSsl, or key inline"],
    [{ unknownCustomers: { maxPeers: 5 } }, "unknownCustomers.maxRooms: is missing"],
    [{ internal: { users: { sfu: "" } } }, "internal.users.sfu"],
    [{ masterKey: "c2hvcnQ=" }, "masterKey: must be at least 16 bytes in base64, found 5"],
    [{ masterKey: "not base64!" }, "masterKey: must be base64"],
    [{ masterKey: { env: "NOPE" } }, "masterKey: the environment has no NOPE"],
    [{ masterKey: { file: "/nowhere" } }, "masterKey: cannot read /nowhere: there is no such file"],
  ])("between settings too: %p", (config, fault) => {
    expect(faultsOf(config).join("\n")).toContain(fault);
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

describe("the sample master key", () => {
  const masterKey = vectors.serverKeys[0]?.masterKey;

  test("is refused, unless asked for", () => {
    expect(faultsOf({ masterKey })).toEqual([
      expect.stringContaining("masterKey: is the sample key that everybody knows"),
    ]);
    expect(faultsOf({ masterKey: masterKey?.replaceAll("=", "") })).toEqual([
      expect.stringContaining("everybody knows"),
    ]);
    expect(read({ masterKey }, { flags: { insecureSampleKey: true } }).masterKey).toHaveLength(34);
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
    expect(config.masterKey).toEqual(MASTER_KEY);
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
    expect(config.masterKey).toEqual(MASTER_KEY);
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

describe("the customers file", () => {
  const { entry } = createCustomer("acme", { maxPeers: 5 });
  const json = JSON.stringify([{ ...entry, maxRooms: null }]);

  test("is found beside the config, and null is no limit", () => {
    using folder = createTempFolder({ "customers.json": json });
    const config = read({ customersFile: "customers.json" }, { source: folder.file("gateway.config.ts") });
    expect(config.customers).toMatchObject([{ id: "acme", maxPeers: 5, maxRooms: Number.POSITIVE_INFINITY }]);
  });

  test.each([
    ["", "is not JSON"],
    [json.slice(0, -3), "is not JSON"],
    ["{}", "must be a list of customers"],
    ["[]", "is empty, which a failed export also looks like"],
    ['[{"id": "a"}]', "customers[0].accessKeys: is missing"],
  ])("is all or nothing: %p", (text, fault) => {
    using folder = createTempFolder({ "customers.json": text });
    const source = folder.file("gateway.config.ts");
    expect(() => read({ customersFile: "customers.json" }, { source })).toThrow(fault);
  });

  test("may begin with a byte order mark", () => {
    using folder = createTempFolder({ "customers.json": `\uFEFF${json}` });
    expect(
      read({ customersFile: "customers.json" }, { source: folder.file("gateway.config.ts") }).customers,
    ).toHaveLength(1);
  });

  test("may be empty if that is meant", () => {
    using folder = createTempFolder({ "customers.json": "[]" });
    const source = folder.file("gateway.config.ts");
    expect(read({ customersFile: "customers.json", allowEmptyCustomers: true }, { source }).customers).toEqual([]);
  });
});

describe("fetched customers", () => {
  const good = createCustomer("good").entry;
  const [key] = good.accessKeys;

  test("lose broken keys with a warning", () => {
    const { customers, warnings } = parseFetchedCustomers(
      [{ ...good, accessKeys: [{ publicKey: { kid: 1 } }, key] }],
      "api",
      false,
    );
    expect(customers[0]?.accessKeys).toHaveLength(1);
    expect(warnings[0]).toStartWith("customers[0].accessKeys[0].publicKey.kid");
  });

  test.each([
    [[{ ...good, accessKeys: [{}] }], "is left without a key"],
    [[], "is empty"],
    ["x", "must be a list"],
    [[{ id: "" }], "must not be empty"],
  ])("are bad as a whole: %p", (value, fault) => {
    expect(() => parseFetchedCustomers(value, "api", false)).toThrow(fault);
  });
});

describe("the generated master key", () => {
  test("is made at the first start, readable by its owner alone, and stays the same", () => {
    using folder = createTempFolder();
    const config = read({ stateDir: folder.file("state") });
    expect(describeMasterKey(config)).toContain("to be generated");
    const key = resolveMasterKey(config);
    expect(key).toHaveLength(32);
    expect(resolveMasterKey(config)).toEqual(key);
    expect(statSync(folder.file("state/master.key")).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder.file("state"))).toEqual(["master.key"]);
    expect(describeMasterKey(config)).toStartWith("generated, in");
  });

  test("that cannot be read or kept is an error, never a new key", () => {
    using folder = createTempFolder({ "state/master.key": "broken\n", file: "" });
    expect(() => resolveMasterKey(read({ stateDir: folder.file("state") }))).toThrow("master.key");
    expect(() => resolveMasterKey(read({ stateDir: folder.file("file/state") }))).toThrow("master key");
  });
});

describe("a config module", () => {
  test("may import its neighbours, JSON and types of packages that are not there", async () => {
    using folder = createTempFolder({
      "gateway.config.ts":
        'import type { X } from "nowhere";\nimport { port } from "./port";\nimport list from "./list.json";\nexport default { http: { port }, trustedProxies: list } satisfies X;\n',
      "port.ts": "export const port: number = 7123;\n",
      "list.json": '["10.0.0.0/8"]',
    });
    expect(await load(folder)).toMatchObject({ listen: { port: 7123 }, trustedProxies: ["10.0.0.0/8"] });
  });

  test("may export a promise of a config", async () => {
    using folder = createTempFolder({
      "gateway.config.ts": "export default Promise.resolve({ http: { port: 7123 } });\n",
    });
    expect((await load(folder)).listen.port).toBe(7123);
  });

  test("knows where it is", async () => {
    using folder = createTempFolder({ "gateway.config.ts": 'export default { stateDir: import.meta.dir + "/s" };\n' });
    expect((await load(folder)).stateDir).toBe(folder.file("s"));
  });

  test("is loaded afresh each time, its imports too", async () => {
    using folder = createTempFolder({
      "gateway.config.ts": 'import { port } from "./port";\nexport default { http: { port } };\n',
    });
    using loader = createModuleLoader();
    for (const port of [1, 2, 3]) {
      folder.write("port.ts", `export const port = ${port};\n`);
      expect((await loadConfig(folder.file("gateway.config.ts"), { flags: {}, env: {}, loader })).listen.port).toBe(
        port,
      );
    }
  });

  test.each([
    ["export default {\n  http: ;\n};\n", /gateway\.config\.ts:2:9: /],
    ['import { x } from "./missing";\nexport default { x };\n', /gateway\.config\.ts:1:\d+: .*missing/],
    ["export const config = {};\n", /has no default export/],
    ['throw new Error("no database");\n', /did not load: Error: no database\n\s+at .*gateway\.config\.ts:1:/],
    ["export default 7;\n", /must be an object: export default/],
    ["export default [];\n", /must be an object: export default/],
    ["export default { get http() { throw new Error('gone'); } };\n", /threw when it was read: gone/],
    ["  \n", /it is empty/],
  ])("that is broken is an error that says where: %p", async (text, fault) => {
    using folder = createTempFolder({ "gateway.config.ts": text });
    await expect(load(folder)).rejects.toThrow(fault);
  });

  test("that is missing is an error", async () => {
    using folder = createTempFolder();
    await expect(load(folder)).rejects.toThrow("there is no such file");
  });

  test("leaves no copy of its secrets behind", async () => {
    using folder = createTempFolder({
      "gateway.config.ts": `export default { masterKey: "${MASTER_KEY_TEXT}" };\n// ${"x".repeat(8_192)}\n`,
    });
    await load(folder);
    expect(readdirSync(folder.path)).toEqual(["gateway.config.ts"]);
  });

  test("whose files nobody may read says so", async () => {
    using folder = createTempFolder({
      "gateway.config.ts": 'export default { masterKey: { file: "key" } };\n',
      key: "x",
    });
    chmodSync(folder.file("key"), 0);
    // Root reads everything: then the content is at fault.
    await expect(load(folder)).rejects.toThrow(/permission denied|must be/);
    expect(existsSync(folder.file("key"))).toBe(true);
  });
});
