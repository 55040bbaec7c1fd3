import { afterAll, describe, expect, test } from "bun:test";
import { createAccessKey, parseAccessKey } from "../../src/auth/access-key.ts";
import { parseCustomersFile, parseFetchedCustomers } from "../../src/config/customers.ts";
import { resolveConfig } from "../../src/config/load.ts";
import { ConfigError } from "../../src/errors.ts";
import { createFetchedKeyRing, createPlan } from "../../src/plan.ts";
import { createTempFolder } from "../temp-folder.ts";
import { MASTER_KEY_TEXT } from "../world.ts";

const { d, ...good } = parseAccessKey(createAccessKey());
const spare = { publicKey: { ...good, ...publicPart() } };
const point = (hex: string) => Buffer.from(hex, "hex").toString("base64url");

function publicPart() {
  const { d: _, ...publicKey } = parseAccessKey(createAccessKey());
  return publicKey;
}

/** Keys that no customer may have: what is other than in a good one, and what is said of it. */
const BROKEN: readonly (readonly [string, object, string])[] = [
  ["of zeros, a point of order 4", { x: point("00".repeat(32)) }, "small order"],
  ["of zeros with a sign", { x: point(`${"00".repeat(31)}80`) }, "small order"],
  ["the neutral element", { x: point(`01${"00".repeat(31)}`) }, "small order"],
  ["a point of order 2", { x: point(`ec${"ff".repeat(30)}7f`) }, "small order"],
  [
    "a point of order 8",
    { x: point("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05") },
    "small order",
  ],
  [
    "another of order 8",
    { x: point("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa") },
    "small order",
  ],
  ["the neutral element with a sign", { x: point(`01${"00".repeat(30)}80`) }, "not a canonical point"],
  ["a point of order 2 with a sign", { x: point("ff".repeat(32).replace("ff", "ec")) }, "not a canonical point"],
  ["y = p", { x: point(`ed${"ff".repeat(30)}7f`) }, "not a canonical point"],
  ["y = p + 1", { x: point(`ee${"ff".repeat(30)}7f`) }, "not a canonical point"],
  ["ones", { x: point("ff".repeat(32)) }, "not a canonical point"],
  ["no point of the curve", { x: point(`02${"00".repeat(31)}`) }, "not a canonical point"],
  ["of 31 bytes", { x: point("07".repeat(31)) }, "must be 32 bytes"],
  ["of 33 bytes", { x: point("07".repeat(33)) }, "must be 32 bytes"],
  ["of a megabyte", { x: "A".repeat(1_000_000) }, "must be 32 bytes"],
  ["padded", { x: `${good.x}=` }, "must be 32 bytes"],
  ["in standard base64", { x: Buffer.alloc(32, 0xff).toString("base64") }, "must be 32 bytes"],
  ["in hex", { x: Buffer.from(good.x, "base64url").toString("hex") }, "must be 32 bytes"],
  ["with bits that encode nothing", { x: `${good.x.slice(0, -1)}B` }, "must be 32 bytes"],
  ["with blanks", { x: ` ${good.x}` }, "must be 32 bytes"],
  ["empty", { x: "" }, "must not be empty"],
  ["a list", { x: [...Buffer.from(good.x, "base64url")] }, "must be the public key in base64url"],
  ["without x", { x: undefined }, "publicKey.x: "],
  ["with its private part", { d }, "must not be there: it is the private part of the key"],
  ["with a private part of null", { d: null }, "must not be there: it is the private part of the key"],
  ["of another kind", { kty: "EC" }, 'must be "OKP"'],
  ["of a secret", { kty: "oct", k: d }, 'must be "OKP"'],
  ["of another curve", { crv: "X25519" }, 'must be "Ed25519"'],
  ["of another spelling", { crv: "ed25519" }, 'must be "Ed25519"'],
];

/** All that is said of customers whose second key is at fault, and that it is not taken. */
const LOADERS: Readonly<Record<string, (customers: unknown) => readonly string[]>> = {
  "the config": (customers) => faultsOf(() => load({ customers })),
  "the customers file": (customers) => {
    using folder = createTempFolder({ "customers.json": JSON.stringify(customers) });
    return faultsOf(() => load({ customersFile: folder.file("customers.json") }));
  },
  customerApi: (customers) => {
    const fetched = parseFetchedCustomers(customers, "customerApi.updateFunction", false);
    const { keyRing, warnings } = createFetchedKeyRing(fetched.customers);
    expect(keyRing.findKey(good.kid)).toBeUndefined();
    expect(keyRing.findKey(spare.publicKey.kid)).toBeDefined();
    return [...fetched.warnings, ...warnings];
  },
};

function load(config: object): void {
  createPlan(
    resolveConfig({ masterKey: MASTER_KEY_TEXT, ...config }, { source: "/test/gateway.config.ts", flags: {}, env: {} }),
  );
}

function faultsOf(attempt: () => void): string[] {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ConfigError) return error.issues.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

let refused = 0;
afterAll(() => {
  const tried = BROKEN.length * Object.keys(LOADERS).length;
  process.stderr.write(`| customers' keys | ${tried} | ${tried - refused} | 0 | 0 |\n`);
});

describe.each(Object.keys(LOADERS))("%s", (name) => {
  test.each(BROKEN)("refuses a key %s, names it and its customer, and never quotes it", (_, change, reason) => {
    const publicKey = { ...good, ...change };
    const faults = LOADERS[name]?.([{ id: "acme", accessKeys: [spare, { publicKey }] }]) ?? [];
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(reason);
    expect(faults[0]).toContain("customers[0].accessKeys[1].publicKey.");
    expect(faults[0]).toEndWith(` (key "${good.kid}" of customer "acme")`);
    for (const part of [d, ...Object.values(change)].filter((value) => typeof value === "string" && value.length > 10))
      expect(faults[0]).not.toContain(part);
    refused++;
  });

  test("takes a key that is good", () => {
    expect(() => LOADERS[name]?.([{ id: "acme", accessKeys: [spare] }])).not.toThrow();
  });
});

test("a key without a name, of a customer without one, is named by its place", () => {
  const accessKeys = [{ publicKey: { kty: "EC" } }];
  const faults = faultsOf(() => parseCustomersFile(JSON.stringify([{ accessKeys }]), "c.json", false));
  expect(faults).toContain(
    'c.json: customers[0].accessKeys[0].publicKey.kty: must be "OKP", found something else (key without a name of customer without a name)',
  );
});
