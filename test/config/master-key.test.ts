import { describe, expect, test } from "bun:test";
import { readdirSync, statSync } from "node:fs";
import { describeMasterKeys, resolveMasterKeys } from "../../src/config/load.ts";
import { createTempFolder } from "../temp-folder.ts";
import vectors from "../vectors.json";
import { faultsOf, read } from "./fixture.ts";

describe("the sample master key", () => {
  const masterKey = vectors.serverKeys[0]?.masterKey;

  test("is refused, unless asked for", () => {
    expect(faultsOf({ masterKey })).toEqual([
      expect.stringContaining("masterKey: is the sample key that everybody knows"),
    ]);
    expect(faultsOf({ masterKey: masterKey?.replaceAll("=", "") })).toEqual([
      expect.stringContaining("everybody knows"),
    ]);
    expect(read({ masterKey }, { flags: { insecureSampleKey: true } }).masterKeys[0]).toHaveLength(34);
  });
});

describe("the generated master key", () => {
  test("is made at the first start, readable by its owner alone, and stays the same", () => {
    using folder = createTempFolder();
    const config = read({ stateDir: folder.file("state") });
    expect(describeMasterKeys(config)).toContain("to be generated");
    const [key] = resolveMasterKeys(config);
    expect(key).toHaveLength(32);
    expect(resolveMasterKeys(config)).toEqual([key ?? new Uint8Array()]);
    expect(statSync(folder.file("state/master.key")).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder.file("state"))).toEqual(["master.key"]);
    expect(describeMasterKeys(config)).toStartWith("generated, in");
  });

  test("that cannot be read or kept is an error, never a new key", () => {
    using folder = createTempFolder({ "state/master.key": "broken\n", file: "" });
    expect(() => resolveMasterKeys(read({ stateDir: folder.file("state") }))).toThrow("master.key");
    expect(() => resolveMasterKeys(read({ stateDir: folder.file("file/state") }))).toThrow("master key");
  });
});
