import { describe, expect, test } from "bun:test";
import { type Customer, createKeyRing } from "../../src/auth/key-ring.ts";
import { ConfigError } from "../../src/errors.ts";
import { createCustomer } from "../world.ts";

const a = createCustomer("a", { maxPeers: 1 }).entry;
const b = createCustomer("b").entry;
const OPTIONS = { source: "test", path: "customers" } as const;
const build = (customers: Customer[], brokenKeys: "refuse" | "skip" = "refuse") =>
  createKeyRing(customers, { ...OPTIONS, brokenKeys });

function faultsOf(customers: Customer[], brokenKeys: "refuse" | "skip" = "refuse"): string[] {
  try {
    build(customers, brokenKeys);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues.map(({ path, message }) => `${path} ${message}`);
    throw error;
  }
  return [];
}

const withKey = (customer: Customer, x: string): Customer => ({
  ...customer,
  accessKeys: customer.accessKeys.map((entry) => ({ ...entry, publicKey: { ...entry.publicKey, x } })),
});

describe("createKeyRing", () => {
  test("finds keys and terms", () => {
    const { keyRing } = build([{ ...a, tags: ["eu"] }, b]);
    expect(keyRing.customers).toBe(2);
    expect(keyRing.findKey(a.accessKeys[0]?.publicKey.kid ?? "")).toMatchObject({
      customer: "a",
      namespace: "a",
      limits: { maxPeers: 1 },
      tags: ["eu"],
    });
    expect(keyRing.findKey("constructor")).toBeUndefined();
    expect(keyRing.findTerms("a", "a")).toMatchObject({ limits: { maxPeers: 1 }, tags: ["eu"] });
    expect(keyRing.findTerms("a", "b")).toBeUndefined();
  });

  test("refuses what two customers have, each with its path", () => {
    expect(faultsOf([a, { ...b, id: "a" }])).toEqual([`customers[1].id "a" is the id of an earlier customer`]);
    expect(faultsOf([a, { ...b, accessKeys: a.accessKeys }])[0]).toContain('is already a key of customer "a"');
    const sharedNamespace = b.accessKeys.map((entry) => ({ ...entry, namespace: "a" }));
    expect(faultsOf([a, { ...b, accessKeys: sharedNamespace }])).toEqual([
      'customers[1].accessKeys[0].namespace "a" is already a namespace of customer "a"',
    ]);
  });

  test("refuses namespaces in which unknown customers have their rooms", () => {
    const accessKeys = a.accessKeys.map((entry) => ({ ...entry, namespace: "demo_AQ7aVmK+pI1l" }));
    expect(faultsOf([{ ...a, accessKeys }])).toEqual([
      expect.stringContaining('namespaces that begin with "demo_" are reserved'),
    ]);
  });

  test("refuses reserved ids, and keys that are no safe point, all at once", () => {
    const faults = faultsOf([{ ...a, id: "demo_x" }, withKey(b, "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]);
    expect(faults).toHaveLength(2);
    expect(faults[0]).toContain("reserved");
    expect(faults[1]).toContain("customers[1].accessKeys[0].publicKey.x is a point of small order");
  });

  test("with skip leaves a broken key out with a warning, unless its customer has no other", () => {
    const spare = createCustomer("spare").entry.accessKeys[0];
    const broken = withKey(b, "short");
    const { keyRing, warnings } = build(
      [a, { ...broken, accessKeys: [...broken.accessKeys, ...(spare ? [spare] : [])] }],
      "skip",
    );
    expect(warnings).toHaveLength(1);
    expect(keyRing.findKey(spare?.publicKey.kid ?? "")?.customer).toBe("b");
    expect(faultsOf([a, broken], "skip")).toEqual(['customers[1].accessKeys customer "b" is left without a key']);
  });
});
