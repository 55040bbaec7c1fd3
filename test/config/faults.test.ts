import { describe, expect, test } from "bun:test";
import { createPlan } from "../../src/plan.ts";
import { createTempFolder } from "../temp-folder.ts";
import { faultsOf, read } from "./fixture.ts";

test("a fault does not repeat a text that nobody could read", () => {
  expect(faultsOf({ logLevel: "x".repeat(200) })).toEqual([expect.stringContaining(`found "${"x".repeat(200)}"`)]);
  expect(faultsOf({ logLevel: "x".repeat(201) })).toEqual([expect.stringContaining("found a text of 201 characters")]);
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
