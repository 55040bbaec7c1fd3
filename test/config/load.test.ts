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
