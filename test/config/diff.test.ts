import { describe, expect, test } from "bun:test";
import { compareConfigs } from "../../src/config/diff.ts";
import { MASTER_KEY_TEXT } from "../world.ts";
import { read } from "./fixture.ts";
import { acme, other } from "./served.ts";

describe("compareConfigs", () => {
  test("goes by customers' ids and keys, and never shows a secret", () => {
    const before = read({ customers: [acme.entry], masterKey: MASTER_KEY_TEXT, https: { key: "k1" } });
    const after = read({
      customers: [other.entry, acme.entry],
      masterKey: "AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
      https: { key: "k2" },
    });
    const { changed, needsRestart } = compareConfigs(before, after);
    expect(changed.some((line) => line.startsWith("customers[acme]"))).toBe(false);
    expect(changed.some((line) => line.startsWith("customers[other]"))).toBe(true);
    expect(changed).toContain("masterKey: *** → ***");
    expect(changed).toContain("https.key: *** → ***");
    expect(needsRestart).toEqual([]);
    expect(compareConfigs(before, before)).toEqual({ changed: [], needsRestart: [] });
    const api = (token: string, digest: string) => ({
      ...read({
        customerApi: { updateFunction: async () => [token] },
        internal: { users: { "sfu1.example.com": token } },
        gridConfig: { at: new Date(digest === "a" ? 0 : 1) },
      }),
      digest,
    });
    expect(compareConfigs(api("hunter1", "a"), api("hunter2", "b")).changed).toEqual([
      "customerApi.updateFunction: a function → a function",
      "gridConfig.at: 1970-01-01T00:00:00.000Z → 1970-01-01T00:00:00.001Z",
      "internal.users.sfu1.example.com.password: *** → ***",
    ]);
  });
});
