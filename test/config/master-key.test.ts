import { describe, expect, test } from "bun:test";
import { readdirSync, rmSync, statSync } from "node:fs";
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

describe("the master keys in force", () => {
  const key = (byte: number) => new Uint8Array(32).fill(byte);

  test("are the configured ones, newest first, and after them the generated one as long as it is there", () => {
    using folder = createTempFolder();
    const stateDir = folder.file("state");
    const [generated = key(0)] = resolveMasterKeys(read({ stateDir }));
    const one = read({ stateDir, masterKey: key(1).toBase64() });
    expect(resolveMasterKeys(one)).toEqual([key(1), generated]);
    expect(describeMasterKeys(one)).toContain("counts too, as the oldest");
    const two = read({ stateDir, masterKey: [key(2).toBase64(), key(1).toBase64()] });
    expect(resolveMasterKeys(two)).toEqual([key(2), key(1), generated]);
    rmSync(folder.file("state/master.key"));
    expect(resolveMasterKeys(two)).toEqual([key(2), key(1)]);
    expect(describeMasterKeys(two)).toBe("2 configured, the first one is the newest");
  });

  test("are each refused with the place where they stand", () => {
    expect(faultsOf({ masterKey: [key(1).toBase64(), "c2hvcnQ=", { env: "NOPE" }] })).toEqual([
      "masterKey[1]: must be at least 16 bytes in base64, found 5",
      "masterKey[2]: the environment has no NOPE",
    ]);
    expect(faultsOf({ masterKey: [] })).toEqual([expect.stringContaining("must have at least one key")]);
  });
});
